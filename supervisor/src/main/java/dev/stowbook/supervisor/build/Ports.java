package dev.stowbook.supervisor.build;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What EXPOSE names: {@code 80}, {@code 53/udp}, {@code 8000-8010/tcp}. */
final class Ports {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,5})(?:-([0-9]{1,5}))?(?:/(tcp|udp|sctp))?", Pattern.CASE_INSENSITIVE);
    private static final int HIGHEST = 65535;

    private Ports() {}

    static List<String> parse(Place place, String text) throws DockerfileException {
        Matcher form = FORM.matcher(text);
        if (form.matches()) {
            int first = Integer.parseInt(form.group(1));
            int last = form.group(2) == null ? first : Integer.parseInt(form.group(2));
            String protocol = form.group(3) == null ? "tcp" : form.group(3).toLowerCase(Locale.ROOT);
            if (first >= 1 && first <= last && last <= HIGHEST) {
                List<String> ports = new ArrayList<>();
                for (int port = first; port <= last; port++) {
                    ports.add(port + "/" + protocol);
                }
                return ports;
            }
        }
        throw place.problem(Place.quoted(text) + " is no port: write 80, 53/udp or 8000-8010/tcp, with numbers from 1 to " + HIGHEST);
    }
}

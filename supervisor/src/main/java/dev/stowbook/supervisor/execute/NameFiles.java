package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.effect.Naming;
import dev.stowbook.supervisor.model.DnsSpec;
import dev.stowbook.supervisor.model.HostAlias;
import dev.stowbook.supervisor.model.NetworkMode;
import java.util.ArrayList;
import java.util.List;

/** What hosts(5) and resolv.conf(5) of a container say. */
final class NameFiles {
    /** resolv.conf(5), "MAXNS": the C library looks at so many and no more. */
    private static final int MOST_SERVERS = 3;

    private NameFiles() {}

    static String hosts(Naming naming) {
        StringBuilder lines = new StringBuilder("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
        boolean own = naming.addresses().isEmpty();
        for (String address : own ? List.of("127.0.1.1") : naming.addresses()) {
            lines.append(address).append('\t').append(naming.hostname()).append('\n');
        }
        for (HostAlias alias : naming.aliases()) {
            lines.append(alias.address()).append('\t').append(String.join(" ", alias.names())).append('\n');
        }
        return lines.toString();
    }

    /**
     * Name servers of ours or of the host, then those that were asked for.
     *
     * @param host the lines of the host's resolv.conf
     */
    static String resolver(Naming naming, List<String> host) {
        DnsSpec dns = naming.dns();
        boolean ours = dns.policy() == DnsSpec.Policy.NETWORK && !naming.servers().isEmpty();
        boolean hosts = !ours && dns.policy() != DnsSpec.Policy.NONE && naming.mode() != NetworkMode.NONE;
        List<String> servers = new ArrayList<>(ours ? naming.servers() : hosts ? servers(naming, host) : List.of());
        servers.addAll(dns.nameservers());
        List<String> searches = new ArrayList<>(dns.searches());
        List<String> options = new ArrayList<>(dns.options());
        if (hosts) {
            searches.addAll(words(host, "search"));
            options.addAll(words(host, "options"));
        } else if (ours && options.stream().noneMatch(option -> option.startsWith("ndots:"))) {
            options.add("ndots:0"); // the name of a pod has no dot, and is to be asked for as it is
        }
        StringBuilder lines = new StringBuilder();
        servers.stream().distinct().limit(MOST_SERVERS).forEach(server -> lines.append("nameserver ").append(server).append('\n'));
        if (!searches.isEmpty()) {
            lines.append("search ").append(String.join(" ", searches)).append('\n');
        }
        if (!options.isEmpty()) {
            lines.append("options ").append(String.join(" ", options)).append('\n');
        }
        return lines.toString();
    }

    /** A loopback address of the host is nobody's in another network namespace. */
    private static List<String> servers(Naming naming, List<String> host) {
        return words(host, "nameserver").stream()
                .filter(server -> naming.mode() == NetworkMode.HOST || !(server.startsWith("127.") || server.equals("::1")))
                .toList();
    }

    /** Everything behind a keyword, in the order of the lines. */
    private static List<String> words(List<String> lines, String keyword) {
        List<String> words = new ArrayList<>();
        for (String line : lines) {
            String[] parts = line.strip().split("\\s+");
            if (parts[0].equals(keyword)) {
                words.addAll(List.of(parts).subList(1, parts.length));
            }
        }
        return words;
    }
}

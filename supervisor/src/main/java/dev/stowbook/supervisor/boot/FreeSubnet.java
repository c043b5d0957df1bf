package dev.stowbook.supervisor.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A subnet for the default network of a new instance: the first that the host has no route into. */
final class FreeSubnet {
    private static final int FIRST = 88;
    private static final int LAST = 127;

    private record Route(long network, long mask) {}

    private FreeSubnet() {}

    /** The first of 10.88.0.0/16 to 10.127.0.0/16 that is free. */
    static String find() throws IOException, BootException {
        return find(Files.readAllLines(Path.of("/proc/net/route")));
    }

    static String find(List<String> routeTable) throws BootException {
        List<Route> routes = new ArrayList<>();
        for (String line : routeTable.subList(Math.min(1, routeTable.size()), routeTable.size())) {
            String[] fields = line.trim().split("\\s+");
            long mask = hostOrder(fields[7]);
            if (mask != 0) {
                routes.add(new Route(hostOrder(fields[1]), mask));
            }
        }
        for (int second = FIRST; second <= LAST; second++) {
            long network = 10L << 24 | (long) second << 16;
            if (routes.stream().noneMatch(route -> overlaps(route, network))) {
                return "10." + second + ".0.0/16";
            }
        }
        throw new BootException("every subnet from 10.88.0.0/16 to 10.127.0.0/16 is routed on this host; set network.subnet");
    }

    private static boolean overlaps(Route route, long network) {
        long common = route.mask() & 0xFFFF0000L;
        return (route.network() & common) == (network & common);
    }

    /** {@code /proc/net/route} prints addresses as the processor stores them: little-endian here. */
    private static long hostOrder(String hex) {
        return Integer.toUnsignedLong(Integer.reverseBytes((int) Long.parseLong(hex, 16)));
    }
}

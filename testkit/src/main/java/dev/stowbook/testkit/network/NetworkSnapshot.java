package dev.stowbook.testkit.network;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.net.Netlink;
import dev.stowbook.linux.net.Nftables;
import dev.stowbook.linux.net.NftablesException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What the kernel has of networking in the namespace of the calling thread: links, addresses, routes, rules, forwarding settings.
 * Taken before and after, it shows what was left over.
 *
 * @param lines one line each
 */
public record NetworkSnapshot(Set<String> lines) {

    /** Reads the kernel. */
    public static NetworkSnapshot take() throws LinuxException, NftablesException, IOException {
        Set<String> lines = new TreeSet<>();
        try (Netlink host = Netlink.open();
                Nftables nft = Nftables.open()) {
            host.links().forEach(link -> lines.add("link " + link.name() + " " + link.kind() + " " + link.alias()));
            host.addresses().forEach(address -> lines.add("address " + address.cidr()));
            host.routes().forEach(route -> lines.add("route " + route));
            nft.run("list ruleset").lines().forEach(line -> lines.add("rules " + line));
        }
        settings(Path.of("/proc/sys/net/ipv4/conf"), List.of("forwarding", "route_localnet", "rp_filter"), lines);
        settings(Path.of("/proc/sys/net/ipv6/conf"), List.of("forwarding", "force_forwarding", "accept_ra", "disable_ipv6"), lines);
        lines.add("ip_forward " + Files.readString(Path.of("/proc/sys/net/ipv4/ip_forward")).strip());
        return new NetworkSnapshot(lines);
    }

    /** A host without IPv6, or an older kernel without one of the settings, has none to change. */
    private static void settings(Path links, List<String> names, Set<String> lines) throws IOException {
        if (Files.isDirectory(links)) {
            try (Stream<Path> all = Files.list(links)) {
                for (Path link : all.toList()) {
                    of(link, names.stream().map(link::resolve).filter(Files::exists).toList(), lines);
                }
            }
        }
    }

    private static void of(Path link, List<Path> settings, Set<String> lines) throws IOException {
        try {
            for (Path setting : settings) {
                lines.add(link.getName(3) + " " + link.getFileName() + " " + setting.getFileName() + " "
                        + Files.readString(setting).strip());
            }
        } catch (IOException e) {
            // Opening a setting of a link that is gone says so; reading one that was open as the link went is ENOENT, too.
            if (Files.exists(link)) {
                throw e;
            }
            lines.add(link.getFileName() + " ended while it was looked at");
        }
    }

    /** Lines that differ: {@code + } those of this snapshot only, {@code - } those of the earlier one only. */
    public List<String> differenceFrom(NetworkSnapshot earlier) {
        List<String> difference = new ArrayList<>();
        lines.stream().filter(line -> !earlier.lines.contains(line)).forEach(line -> difference.add("+ " + line));
        earlier.lines.stream().filter(line -> !lines.contains(line)).forEach(line -> difference.add("- " + line));
        return difference;
    }
}

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
        try (Stream<Path> links = Files.list(Path.of("/proc/sys/net/ipv4/conf"))) {
            for (Path link : links.toList()) {
                settings(link, lines);
            }
        }
        lines.add("ip_forward " + Files.readString(Path.of("/proc/sys/net/ipv4/ip_forward")).strip());
        return new NetworkSnapshot(lines);
    }

    private static void settings(Path link, Set<String> lines) throws IOException {
        try {
            for (String setting : List.of("forwarding", "route_localnet", "rp_filter")) {
                lines.add(link.getFileName() + " " + setting + " "
                        + Files.readString(link.resolve(setting)).strip());
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

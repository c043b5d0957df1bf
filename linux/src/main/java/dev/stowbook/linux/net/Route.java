package dev.stowbook.linux.net;

import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A unicast route.
 *
 * @param ipv6 whether it is of IPv6
 * @param destination the network; empty for a default route
 * @param prefixLength length of its prefix in bits, 0 for a default route
 * @param gateway the next hop
 * @param linkIndex the link it leaves by
 * @param table the routing table: 254 is {@code main}
 * @param metric smaller wins
 */
public record Route(
        boolean ipv6,
        Optional<InetAddress> destination,
        int prefixLength,
        Optional<InetAddress> gateway,
        OptionalInt linkIndex,
        int table,
        int metric) {
    /** RT_TABLE_MAIN of rtnetlink(7). */
    public static final int TABLE_MAIN = 254;
}

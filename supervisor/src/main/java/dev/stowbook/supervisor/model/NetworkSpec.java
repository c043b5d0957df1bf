package dev.stowbook.supervisor.model;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A network, as it was asked for.
 *
 * @param name unique among networks (RFC 1123 label)
 * @param subnets the subnets it must have; chosen if empty
 * @param ipv6 whether it gets an IPv6 subnet even if none is named
 * @param internal whether its members are kept from reaching anything outside
 * @param isolated whether members of other networks are kept from reaching its own, and the other way round
 * @param mtu largest packet in bytes; the driver's choice if empty
 * @param labels the user's own marks
 */
public record NetworkSpec(
        String name,
        List<Asked> subnets,
        boolean ipv6,
        boolean internal,
        boolean isolated,
        OptionalInt mtu,
        SortedMap<String, String> labels) {
    public NetworkSpec {
        subnets = List.copyOf(subnets);
    }

    /** A subnet that was asked for; its first address is the gateway if none is named. */
    public record Asked(String subnet, Optional<String> gateway) {}

    /** A network about which nothing is said but its name. */
    public static NetworkSpec named(String name) {
        return new NetworkSpec(name, List.of(), false, false, true, OptionalInt.empty(), new TreeMap<>());
    }
}

package dev.stowbook.supervisor.model;

import java.util.List;

/**
 * What a pod's resolv.conf(5) is made of.
 *
 * @param policy whose name servers come first
 * @param nameservers further ones
 * @param searches domains to search
 * @param options as resolv.conf(5) has them: {@code ndots:2}
 */
public record DnsSpec(Policy policy, List<String> nameservers, List<String> searches, List<String> options) {
    public DnsSpec {
        nameservers = List.copyOf(nameservers);
        searches = List.copyOf(searches);
        options = List.copyOf(options);
    }

    /** Whose name servers come first. */
    public enum Policy {
        /** Ours, on the gateway of its network; the host's where there is none. */
        NETWORK,
        /** The host's. */
        HOST,
        /** None but those that are listed. */
        NONE
    }

    /** What holds if nothing is said. */
    public static DnsSpec defaults() {
        return new DnsSpec(Policy.NETWORK, List.of(), List.of(), List.of());
    }
}

package dev.stowbook.supervisor.keeper;

import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A pod's shared namespaces.
 *
 * @param podDirectory an existing directory below the run directory; the namespaces are held by bind mounts on its files
 *     {@code net}, {@code ipc}, {@code uts}
 * @param hostname the pod's host name
 * @param sysctls written inside the new network namespace
 * @param network the network namespace to live in, by a file; a new one if empty
 */
public record SandboxPlan(
        Path podDirectory, String hostname, SortedMap<String, String> sysctls, Optional<Path> network) {
    public SandboxPlan {
        sysctls = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(sysctls));
    }

    /** With the sysctls of a default pod: plain users may bind low ports and send pings. */
    public static SandboxPlan of(Path podDirectory, String hostname) {
        TreeMap<String, String> sysctls = new TreeMap<>();
        sysctls.put("net.ipv4.ip_unprivileged_port_start", "0");
        sysctls.put("net.ipv4.ping_group_range", "0 2147483647");
        return new SandboxPlan(podDirectory, hostname, sysctls, Optional.empty());
    }

    /** In a network namespace that is there, whose sysctls are not the pod's to set. */
    public static SandboxPlan in(Path network, Path podDirectory, String hostname) {
        return new SandboxPlan(podDirectory, hostname, new TreeMap<>(), Optional.of(network));
    }

    /** The plan as the keeper reads it. */
    public byte[] encode() {
        return PlanEncoder.encode(this);
    }
}

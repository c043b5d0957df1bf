package dev.stowbook.supervisor.keeper;

import dev.stowbook.supervisor.model.IdRange;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A pod's shared namespaces.
 *
 * @param podDirectory an existing directory below the run directory; the namespaces are held by bind mounts on its files
 *     {@code net}, {@code ipc}, {@code uts} and {@code user}
 * @param hostname the pod's host name; if empty the host's stays until it is set
 * @param domainname its NIS domain name; the kernel's default if empty
 * @param sysctls written inside the new network and ipc namespaces
 * @param users the pod's own users, mapped in a user namespace that owns the others; the host's if empty
 * @param network the network namespace to live in, by a file; a new one if empty
 * @param userNamespace the user namespace to live in, by a file, in which {@code users} are mapped; a new one if empty
 */
public record SandboxPlan(
        Path podDirectory,
        Optional<String> hostname,
        Optional<String> domainname,
        SortedMap<String, String> sysctls,
        Optional<IdRange> users,
        Optional<Path> network,
        Optional<Path> userNamespace) {
    public SandboxPlan {
        sysctls = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(sysctls));
    }

    /** With the sysctls of a default pod: plain users may bind low ports and send pings. */
    public static SandboxPlan of(Path podDirectory, Optional<String> hostname, Optional<IdRange> users) {
        return of(podDirectory, hostname, users, Optional.empty(), new TreeMap<>());
    }

    /** The same with a domain name and more sysctls. */
    public static SandboxPlan of(
            Path podDirectory,
            Optional<String> hostname,
            Optional<IdRange> users,
            Optional<String> domainname,
            SortedMap<String, String> more) {
        TreeMap<String, String> sysctls = new TreeMap<>();
        sysctls.put("net.ipv4.ip_unprivileged_port_start", "0");
        // The groups of the pod's own users end where their range does; what is beyond has no name there (EINVAL).
        sysctls.put("net.ipv4.ping_group_range", "0 " + users.map(range -> range.count() - 1).orElse((long) Integer.MAX_VALUE));
        sysctls.putAll(more);
        return new SandboxPlan(podDirectory, hostname, domainname, sysctls, users, Optional.empty(), Optional.empty());
    }

    /**
     * The same in a network namespace that is there, whose sysctls are not the pod's to set, and perhaps in a user namespace that is.
     */
    public SandboxPlan in(Path otherNetwork, Optional<Path> otherUsers) {
        TreeMap<String, String> own = new TreeMap<>(sysctls);
        own.keySet().removeIf(name -> name.startsWith("net."));
        return new SandboxPlan(podDirectory, hostname, domainname, own, users, Optional.of(otherNetwork), otherUsers);
    }

    /** The plan as the keeper reads it. */
    public byte[] encode() {
        return PlanEncoder.encode(this);
    }
}

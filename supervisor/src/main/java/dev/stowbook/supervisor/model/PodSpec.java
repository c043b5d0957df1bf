package dev.stowbook.supervisor.model;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What a manifest asks for: containers that share a network.
 *
 * @param name unique among pods: 1 to 63 characters, lower-case letters, digits and {@code -} (RFC 1123 label)
 * @param labels the user's own marks
 * @param hostname the host name inside; the pod's name if empty
 * @param restartPolicy when an exited container is started again
 * @param terminationGrace how long a container may take to end after its stop signal
 * @param namespaces whose process ids, IPC objects and host name its containers see
 * @param containers at least one, names unique
 * @param hostUsers whether its users are the host's; otherwise it gets users of its own, and so it does if nothing is said
 * @param volumes what its containers can mount, names unique
 * @param networking what it wants of the network
 * @param resources limits of all its containers together
 */
public record PodSpec(
        String name,
        SortedMap<String, String> labels,
        Optional<String> hostname,
        RestartPolicy restartPolicy,
        Duration terminationGrace,
        NamespaceSpec namespaces,
        List<ContainerSpec> containers,
        Optional<Boolean> hostUsers,
        List<VolumeSpec> volumes,
        NetworkingSpec networking,
        ResourceSpec resources) {
    public PodSpec {
        containers = List.copyOf(containers);
        volumes = List.copyOf(volumes);
    }

    /** Whether it gets users of its own: not in a network namespace that others own, whose users could do nothing there. */
    public boolean ownUsers() {
        return !hostUsers.orElse(false)
                && switch (networking.mode()) {
                    case NETWORKS, NONE -> true;
                    case HOST, SHARED -> false;
                };
    }

    /** The same with other limits of the pod as a whole. */
    public PodSpec withResources(ResourceSpec value) {
        return new PodSpec(
                name, labels, hostname, restartPolicy, terminationGrace, namespaces, containers, hostUsers, volumes, networking, value);
    }

    /** The same with other limits of one container. */
    public PodSpec withResources(String container, ResourceSpec value) {
        return withContainers(containers.stream().map(c -> c.name().equals(container) ? c.withResources(value) : c).toList());
    }

    /** The same with other containers. */
    public PodSpec withContainers(List<ContainerSpec> changed) {
        return new PodSpec(
                name, labels, hostname, restartPolicy, terminationGrace, namespaces, changed, hostUsers, volumes, networking, resources);
    }

    /** When an exited container is started again. */
    public enum RestartPolicy {
        ALWAYS,
        ON_FAILURE,
        NEVER
    }
}

package dev.stowbook.spi.cgroup;

import java.util.Optional;

/**
 * A pod's group, or a container's inside it.
 *
 * @param pod the pod's id: 64 characters of {@code [0-9a-f]}
 * @param container the container's id; empty for the pod itself
 */
public record GroupId(String pod, Optional<String> container) implements Comparable<GroupId> {

    /** The group of a pod. */
    public static GroupId ofPod(String pod) {
        return new GroupId(pod, Optional.empty());
    }

    /** The group of a container in its pod. */
    public static GroupId ofContainer(String pod, String container) {
        return new GroupId(pod, Optional.of(container));
    }

    /** Its path below the instance's parent group: {@code pod} or {@code pod/container}. */
    public String path() {
        return container.map(c -> pod + "/" + c).orElse(pod);
    }

    @Override
    public int compareTo(GroupId other) {
        return path().compareTo(other.path());
    }
}

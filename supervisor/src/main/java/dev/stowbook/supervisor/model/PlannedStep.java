package dev.stowbook.supervisor.model;

import java.util.List;
import java.util.Optional;

/**
 * A step of an operation, as its intent records it.
 *
 * @param name unique in its operation: {@code rootfs:web}
 * @param kind what it does
 * @param container the container it is about; empty for the pod
 * @param endpoint the connection it is about, if it is about one
 * @param after the names of the steps that must be done first
 */
public record PlannedStep(
        String name, StepKind kind, Optional<ContainerId> container, Optional<EndpointId> endpoint, List<String> after) {
    public PlannedStep {
        after = List.copyOf(after);
    }

    /** A step about a container or the pod. */
    public PlannedStep(String name, StepKind kind, Optional<ContainerId> container, List<String> after) {
        this(name, kind, container, Optional.empty(), after);
    }

    /** The same, waiting for others. */
    public PlannedStep withAfter(List<String> value) {
        return new PlannedStep(name, kind, container, endpoint, value);
    }

    /** What stands behind the colon of its name: the container or volume that it is about. */
    public String subject() {
        return name.substring(name.indexOf(':') + 1);
    }
}

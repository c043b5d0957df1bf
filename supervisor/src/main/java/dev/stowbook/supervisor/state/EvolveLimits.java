package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.ResourceSpec;
import java.util.List;
import java.util.Optional;

/** What new limits do to state: they hold when the kernel has them, or at once where there is no group. */
final class EvolveLimits {
    private EvolveLimits() {}

    static State updating(
            State state, long sequence, PodId pod, Optional<ContainerId> container, ResourceSpec limits, List<PlannedStep> steps) {
        if (steps.isEmpty()) {
            return changed(state, pod, container, limits);
        }
        String target = container.map(ContainerId::value).orElse(pod.value());
        Operation operation = Operation.begin(sequence, Operation.Kind.UPDATE_LIMITS, Optional.of(pod), target, steps);
        return state.withOperations(state.operations().plus(sequence, operation.withLimits(limits)));
    }

    static State updated(State state, StepEvent.CgroupUpdated e) {
        Operation operation = state.operations().get(e.step().operation());
        return operation == null || operation.limits().isEmpty()
                ? state
                : changed(state, e.pod(), e.container(), operation.limits().get());
    }

    /** The pod's manifest changes with them, so that what is applied next is held against what is so. */
    private static State changed(State state, PodId id, Optional<ContainerId> containerId, ResourceSpec limits) {
        Pod pod = state.pod(id);
        if (containerId.isEmpty()) {
            return state.withPod(pod.withSpec(pod.spec().withResources(limits)));
        }
        Container container = state.container(containerId.get());
        return state.withPod(pod.withSpec(pod.spec().withResources(container.name(), limits)))
                .withContainer(container.withResources(limits));
    }
}

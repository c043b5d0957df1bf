package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.command.ContainerCommand;
import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.Operation;
import dev.stowbook.supervisor.state.Pod;
import java.util.List;
import java.util.Optional;

/** Decides about limits of what exists already. */
final class LimitsDecider {
    private LimitsDecider() {}

    static Decision update(Draft draft, ContainerCommand.UpdateContainer command) {
        Container container = Draft.require(Lookup.container(draft.state(), command.container()));
        Pod pod = draft.state().pod(container.pod());
        requireUpdatable(draft, pod);
        requireNoStorage(command.change());
        ResourceSpec wanted = consistent(command.change().over(container.definition().resources()));
        return answered(draft, pod, Optional.of(container.id()), change(draft, pod, container, wanted));
    }

    static Decision update(Draft draft, PodCommand.UpdatePod command) {
        Pod pod = Draft.require(Lookup.pod(draft.state(), command.pod()));
        requireUpdatable(draft, pod);
        requireNoStorage(command.change());
        ResourceSpec wanted = consistent(command.change().over(pod.spec().resources()));
        return answered(draft, pod, Optional.empty(), change(draft, pod, wanted));
    }

    private static Decision answered(Draft draft, Pod pod, Optional<ContainerId> container, Optional<Long> operation) {
        Answer answer = new Answer.Updated(pod.id(), container, operation);
        Await await = operation.isPresent() ? new Await.OperationsOver(List.of(operation.get())) : new Await.Entry();
        return draft.accepted(answer, await);
    }

    /**
     * Whether a manifest differs from a pod's in limits alone, and drops none of those: then the pod goes on with other limits. One that
     * is dropped has no value that could be written, so the pod is made anew as for any other change.
     */
    static boolean onlyLimitsChange(Pod pod, PodSpec spec) {
        boolean goesOn = pod.phase() == Pod.Phase.RUNNING || pod.phase() == Pod.Phase.STOPPED;
        if (!goesOn || pod.removalRequested() || pod.startFailure().isPresent() || !bare(spec).equals(bare(pod.spec()))) {
            return false;
        }
        boolean covers = spec.resources().covers(pod.spec().resources());
        for (int i = 0; i < spec.containers().size(); i++) {
            covers &= spec.containers().get(i).resources().covers(pod.spec().containers().get(i).resources());
        }
        return covers;
    }

    private static PodSpec bare(PodSpec spec) {
        PodSpec bare = spec.withResources(ResourceSpec.unlimited());
        for (ContainerSpec container : spec.containers()) {
            bare = bare.withResources(container.name(), ResourceSpec.unlimited());
        }
        return bare;
    }

    /** Gives a pod and its containers the limits of a manifest. */
    static void apply(Draft draft, Pod pod, PodSpec spec) {
        requireUpdatable(draft, pod);
        change(draft, pod, spec.resources());
        for (ContainerSpec wanted : spec.containers()) {
            for (ContainerId id : pod.containers()) {
                Container container = draft.state().container(id);
                if (container.name().equals(wanted.name())) {
                    change(draft, pod, container, wanted.resources());
                }
            }
        }
    }

    private static Optional<Long> change(Draft draft, Pod pod, Container container, ResourceSpec wanted) {
        if (wanted.equals(container.definition().resources())) {
            return Optional.empty();
        }
        requireIdle(draft, container.id().value(), pod.spec().name() + "/" + container.name());
        long sequence = draft.nextSequence();
        List<PlannedStep> steps = hasGroups(pod) ? Steps.update(container) : List.of();
        draft.emit(new ContainerEvent.ContainerUpdating(container.id(), pod.id(), wanted, steps));
        return steps.isEmpty() ? Optional.empty() : Optional.of(sequence);
    }

    private static Optional<Long> change(Draft draft, Pod pod, ResourceSpec wanted) {
        if (wanted.equals(pod.spec().resources())) {
            return Optional.empty();
        }
        requireIdle(draft, pod.id().value(), pod.spec().name());
        long sequence = draft.nextSequence();
        List<PlannedStep> steps = hasGroups(pod) ? Steps.updatePod() : List.of();
        draft.emit(new PodEvent.PodUpdating(pod.id(), wanted, steps));
        return steps.isEmpty() ? Optional.empty() : Optional.of(sequence);
    }

    private static boolean hasGroups(Pod pod) {
        return pod.phase() == Pod.Phase.RUNNING && pod.startFailure().isEmpty();
    }

    private static void requireUpdatable(Draft draft, Pod pod) {
        if (pod.phase() == Pod.Phase.REMOVING || pod.removalRequested()) {
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + pod.spec().name() + " is being removed");
        }
        if (pod.phase() == Pod.Phase.STARTING) {
            throw Draft.reject(
                    ErrorCode.CONFLICT, "pod " + pod.spec().name() + " is being started with its limits; try again when it runs");
        }
    }

    private static void requireNoStorage(ResourceSpec change) {
        if (change.storageBytes().isPresent()) {
            throw Draft.reject(
                    ErrorCode.UNSUPPORTED,
                    "ephemeral-storage is fixed when a container's layer is made: change the manifest and apply it, which makes the pod anew");
        }
    }

    private static void requireIdle(Draft draft, String target, String name) {
        boolean busy = draft.state().operations().values().stream()
                .anyMatch(operation -> operation.kind() == Operation.Kind.UPDATE_LIMITS
                        && operation.target().equals(target)
                        && !operation.over());
        if (busy) {
            throw Draft.reject(ErrorCode.CONFLICT, "the limits of " + name + " are being changed already; try again");
        }
    }

    /** What a change and what was before may contradict together. Ranges were looked at where the change was read. */
    private static ResourceSpec consistent(ResourceSpec wanted) {
        ResourceSpec.Memory memory = wanted.memory();
        if (memory.limitAndSwapBytes().isPresent()
                && memory.limitBytes().map(limit -> limit.compareTo(memory.limitAndSwapBytes().get()) > 0).orElse(true)) {
            throw Draft.reject(
                    ErrorCode.INVALID,
                    "memory would be limited to " + memory.limitBytes().map(bound -> bound.text()).orElse("max")
                            + ", but memory and swap together to " + memory.limitAndSwapBytes().get().text()
                            + ": change both, the latter to at least the former");
        }
        return wanted;
    }
}

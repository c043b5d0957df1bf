package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.Pod;
import java.util.List;

/** Decides about containers that are to stand still, and to go on. */
final class Pausing {
    private Pausing() {}

    static Decision pause(Draft draft, String reference) {
        Container container = Draft.require(Lookup.container(draft.state(), reference));
        ContainerDecider.requireRunning(draft, container);
        if (Settling.mayStandStill(draft.state(), container)) {
            throw Draft.reject(ErrorCode.CONFLICT, "container " + ContainerDecider.name(draft, container) + " is paused already");
        }
        if (container.stop().isPresent()) {
            throw Draft.reject(ErrorCode.CONFLICT, "container " + ContainerDecider.name(draft, container) + " is being stopped");
        }
        return draft.accepted(new Answer.OneContainer(container.id(), container.pod()), freeze(draft, container));
    }

    static Decision resume(Draft draft, String reference) {
        Container container = Draft.require(Lookup.container(draft.state(), reference));
        ContainerDecider.requireRunning(draft, container);
        if (!Settling.mayStandStill(draft.state(), container)) {
            throw Draft.reject(ErrorCode.CONFLICT, "container " + ContainerDecider.name(draft, container) + " is not paused");
        }
        return draft.accepted(new Answer.OneContainer(container.id(), container.pod()), thaw(draft, container, "asked to"));
    }

    /** All that run and can be paused; those that stand still already do. */
    static Decision pausePod(Draft draft, String reference) {
        Pod pod = Draft.require(Lookup.pod(draft.state(), reference));
        List<Container> running = containers(draft, pod).stream().filter(container -> container.running().isPresent()).toList();
        if (running.isEmpty()) {
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + pod.spec().name() + " has no running container");
        }
        List<Await> awaits = running.stream()
                .filter(container -> container.stop().isEmpty() && !Settling.mayStandStill(draft.state(), container))
                .map(container -> freeze(draft, container))
                .toList();
        return draft.accepted(PodDecider.one(pod, "paused"), new Await.All(awaits));
    }

    static Decision resumePod(Draft draft, String reference) {
        Pod pod = Draft.require(Lookup.pod(draft.state(), reference));
        List<Container> still = containers(draft, pod).stream()
                .filter(container -> container.running().isPresent() && Settling.mayStandStill(draft.state(), container))
                .toList();
        if (still.isEmpty()) {
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + pod.spec().name() + " has no paused container");
        }
        List<Await> awaits = still.stream().map(container -> thaw(draft, container, "asked to")).toList();
        return draft.accepted(PodDecider.one(pod, "resumed"), new Await.All(awaits));
    }

    /** What could not be frozen as a whole must not stay so in part. */
    static void undo(Draft draft, ContainerId id) {
        Container container = draft.state().container(id);
        if (container.running().isPresent()) {
            thaw(draft, container, "it could not be paused");
        }
    }

    private static List<Container> containers(Draft draft, Pod pod) {
        return pod.containers().stream().map(draft.state()::container).toList();
    }

    private static Await freeze(Draft draft, Container container) {
        long sequence = draft.nextSequence();
        draft.emit(new ContainerEvent.ContainerPausing(container.id(), container.pod(), Steps.pause(container)));
        return new Await.OperationsOver(List.of(sequence));
    }

    private static Await thaw(Draft draft, Container container, String reason) {
        long sequence = draft.nextSequence();
        draft.emit(new ContainerEvent.ContainerResuming(container.id(), container.pod(), reason, Steps.resume(container)));
        return new Await.OperationsOver(List.of(sequence));
    }
}

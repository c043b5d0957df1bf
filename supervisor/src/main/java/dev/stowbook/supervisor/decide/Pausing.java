package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.PauseReason;
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
        if (isToStandStill(draft, container)) {
            throw Draft.reject(ErrorCode.CONFLICT, "container " + ContainerDecider.name(draft, container) + " is paused already");
        }
        if (container.stop().isPresent()) {
            throw Draft.reject(ErrorCode.CONFLICT, "container " + ContainerDecider.name(draft, container) + " is being stopped");
        }
        return draft.accepted(new Answer.OneContainer(container.id(), container.pod()), freeze(draft, container, PauseReason.ASKED));
    }

    static Decision resume(Draft draft, String reference) {
        Container container = Draft.require(Lookup.container(draft.state(), reference));
        ContainerDecider.requireRunning(draft, container);
        if (!Settling.mayStandStill(draft.state(), container)) {
            throw Draft.reject(ErrorCode.CONFLICT, "container " + ContainerDecider.name(draft, container) + " is not paused");
        }
        return draft.accepted(new Answer.OneContainer(container.id(), container.pod()), thaw(draft, container, "asked to"));
    }

    /** What does not run, or stands still because somebody wants that, is as it should be already. */
    static Decision holdForCommit(Draft draft, String reference) {
        Container container = Draft.require(Lookup.container(draft.state(), reference));
        if (container.heldForCommit()) {
            throw Draft.reject(ErrorCode.CONFLICT, "container " + ContainerDecider.name(draft, container)
                    + " is being committed already: try again when that is done, or commit it without a pause");
        }
        boolean moves = container.running().isPresent()
                && container.stop().isEmpty()
                && !Settling.mayStandStill(draft.state(), container);
        Await await = moves ? freeze(draft, container, PauseReason.COMMIT) : new Await.All(List.of());
        return draft.accepted(new Answer.OneContainer(container.id(), container.pod()), await);
    }

    /** What is gone meanwhile needs none. */
    static Decision releaseFromCommit(Draft draft, String reference) {
        if (Lookup.container(draft.state(), reference) instanceof Lookup.Missing) {
            return draft.accepted(new Answer.Done(), new Await.All(List.of()));
        }
        Container container = Draft.require(Lookup.container(draft.state(), reference));
        Await await = waits(container) ? thaw(draft, container, "its files are copied") : new Await.All(List.of());
        return draft.accepted(new Answer.OneContainer(container.id(), container.pod()), await);
    }

    /** Who copied it is gone with the daemon that did. */
    static void endCommits(Draft draft) {
        draft.state().containers().values().stream()
                .filter(Pausing::waits)
                .forEach(container -> thaw(draft, container, "the daemon ended while it was being committed"));
    }

    /** One that is being stopped goes on for that. */
    private static boolean waits(Container container) {
        return container.heldForCommit() && container.stop().isEmpty();
    }

    /** One that is held for a commit is to go on by itself, and may well be paused for good. */
    private static boolean isToStandStill(Draft draft, Container container) {
        return Settling.mayStandStill(draft.state(), container) && !container.heldForCommit();
    }

    /** All that run and can be paused; those that stand still already do. */
    static Decision pausePod(Draft draft, String reference) {
        Pod pod = Draft.require(Lookup.pod(draft.state(), reference));
        List<Container> running = containers(draft, pod).stream().filter(container -> container.running().isPresent()).toList();
        if (running.isEmpty()) {
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + pod.spec().name() + " has no running container");
        }
        List<Await> awaits = running.stream()
                .filter(container -> container.stop().isEmpty() && !isToStandStill(draft, container))
                .map(container -> freeze(draft, container, PauseReason.ASKED))
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

    private static Await freeze(Draft draft, Container container, PauseReason reason) {
        long sequence = draft.nextSequence();
        draft.emit(new ContainerEvent.ContainerPausing(container.id(), container.pod(), reason, Steps.pause(container)));
        return new Await.OperationsOver(List.of(sequence));
    }

    private static Await thaw(Draft draft, Container container, String reason) {
        long sequence = draft.nextSequence();
        draft.emit(new ContainerEvent.ContainerResuming(container.id(), container.pod(), reason, Steps.resume(container)));
        return new Await.OperationsOver(List.of(sequence));
    }
}

package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.command.TimerCommand;
import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Pod;

/** Decides what the coming of a moment means. */
final class TimerDecider {
    private TimerDecider() {}

    static Decision decide(Draft draft, TimerCommand command) {
        switch (command) {
            case TimerCommand.GraceExpired c -> {
                Container container = draft.state().containers().get(c.container());
                boolean waits = container != null
                        && container.running().isPresent()
                        && container.attempt() == c.attempt()
                        && container.stop().map(stop -> stop.signalled() && !stop.killing()).orElse(false);
                if (waits) {
                    Settling.kill(draft, container, "its grace period is over");
                }
            }
            case TimerCommand.RestartDue c -> {
                Container container = draft.state().containers().get(c.container());
                boolean due = container != null
                        && container.phase() == Container.Phase.WAITING
                        && container.attempt() == c.attempt()
                        && draft.state().pod(container.pod()).active()
                        && draft.state().pod(container.pod()).phase() != Pod.Phase.STOPPING;
                if (due) {
                    draft.emit(new ContainerEvent.ContainerStarting(
                            container.id(), container.pod(), container.attempt() + 1, Steps.startContainer(container)));
                }
            }
            case TimerCommand.PodRestartDue c -> {
                Pod pod = draft.state().pods().get(c.pod());
                boolean due = pod != null
                        && pod.phase() == Pod.Phase.STOPPED
                        && pod.generation() == c.generation()
                        && pod.nextStartAt().isPresent();
                if (due) {
                    restart(draft, pod);
                }
            }
            case TimerCommand.RetryPod c -> {
                boolean stands = c.operation().isEmpty() || draft.state().operations().containsKey(c.operation().getAsLong());
                if (draft.state().pods().containsKey(c.pod()) && stands) {
                    Settling.settle(draft, c.pod(), true);
                }
            }
        }
        return draft.accepted();
    }

    /** The pod whose network it shares may not be there yet. */
    private static void restart(Draft draft, Pod pod) {
        try {
            PodCreation.sharing(draft.state(), pod.spec());
        } catch (Draft.Refusal notYet) {
            int failures = pod.failures() + 1;
            draft.emit(new PodEvent.PodRestartScheduled(
                    pod.id(),
                    pod.generation(),
                    draft.settings().retryAt(draft.now(), failures, draft.inputs().jitter()),
                    failures));
            return;
        }
        PodCreation.start(draft, pod.id());
    }
}

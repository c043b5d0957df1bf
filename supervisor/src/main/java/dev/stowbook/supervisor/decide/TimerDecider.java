package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.command.TimerCommand;
import dev.stowbook.supervisor.event.ContainerEvent;
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
                    PodCreation.start(draft, pod.id());
                }
            }
            case TimerCommand.RetryPod c -> {
                if (draft.state().pods().containsKey(c.pod())) {
                    Settling.settle(draft, c.pod(), true);
                }
            }
        }
        return draft.accepted();
    }
}

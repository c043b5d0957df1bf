package dev.stowbook.supervisor.command;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.PodId;

/** A moment that an event named has come. Too late or twice does no harm. */
public sealed interface TimerCommand extends Command {

    /** A container had time enough to end by itself. */
    record GraceExpired(ContainerId container, int attempt) implements TimerCommand {}

    /** A container's backoff is over. */
    record RestartDue(ContainerId container, int attempt) implements TimerCommand {}

    /** A pod's backoff is over. */
    record PodRestartDue(PodId pod, int generation) implements TimerCommand {}

    /** What failed while a pod was taken down is to be tried again. */
    record RetryPod(PodId pod) implements TimerCommand {}
}

package dev.stowbook.supervisor.command;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.PodId;
import java.util.OptionalLong;

/** A moment that an event named has come. Too late or twice does no harm. */
public sealed interface TimerCommand extends Command {

    /** A container had time enough to end by itself. */
    record GraceExpired(ContainerId container, int attempt) implements TimerCommand {}

    /** A container's backoff is over. */
    record RestartDue(ContainerId container, int attempt) implements TimerCommand {}

    /** A pod's backoff is over. */
    record PodRestartDue(PodId pod, int generation) implements TimerCommand {}

    /**
     * What failed while a pod was taken down is to be tried again.
     *
     * @param operation the work that failed, by the sequence of its intent; if it has been begun anew meanwhile, there is nothing to do
     */
    record RetryPod(PodId pod, OptionalLong operation) implements TimerCommand {}
}

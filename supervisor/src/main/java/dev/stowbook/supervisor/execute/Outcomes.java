package dev.stowbook.supervisor.execute;

import dev.stowbook.linux.seccomp.SeccompException;
import dev.stowbook.spi.DriverException;
import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.Cause;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.StepRef;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongFunction;

/** Brings what drivers and keepers answered back to the loop, as commands. Any thread. */
final class Outcomes {
    /** Where commands go: the loop, once it stands. */
    interface Submitter {
        void submit(Command command, Actor actor, long causeSequence, String request);
    }

    private final Submitter submitter;

    Outcomes(Submitter submitter) {
        this.submitter = submitter;
    }

    /** What an effect came of: named by its outcome. */
    record Origin(long sequence, Cause cause) {}

    void report(Command command, Actor.Kind kind, String who, Origin origin) {
        Actor actor = new Actor(kind, who, java.util.OptionalInt.empty(), java.util.OptionalInt.empty());
        submitter.submit(command, actor, origin.sequence(), origin.cause().request());
    }

    /**
     * Reports a step's outcome when the work is done: {@code success} is given what the step took in microseconds. The future completes
     * when the loop has been told.
     */
    <T> CompletableFuture<Void> step(
            StepRef step,
            PodId pod,
            String who,
            Origin origin,
            CompletableFuture<T> work,
            java.util.function.Function<T, LongFunction<StepEvent>> success) {
        long begun = System.nanoTime();
        return work.handle((result, failure) -> {
            long micros = (System.nanoTime() - begun) / 1000;
            StepEvent outcome = failure == null
                    ? success.apply(result).apply(micros)
                    : failed(step, pod, cause(failure), micros);
            report(new Report.CompleteStep(outcome), Actor.Kind.DRIVER, who, origin);
            return null;
        });
    }

    static StepEvent.StepFailed failed(StepRef step, PodId pod, Throwable failure, long micros) {
        return switch (failure) {
            case DriverException e -> new StepEvent.StepFailed(
                    step, pod, e.code().name(), e.errno(), 128, e.getMessage(), micros);
            case StartFailure e -> new StepEvent.StepFailed(
                    step, pod, e.code(), e.errno(), e.exitCode(), e.getMessage(), micros);
            case SeccompException e -> new StepEvent.StepFailed(
                    step, pod, "SECCOMP", 0, 128, String.valueOf(e.getMessage()), micros);
            default -> new StepEvent.StepFailed(
                    step, pod, "INTERNAL", 0, 128, String.valueOf(failure.getMessage() == null ? failure : failure.getMessage()), micros);
        };
    }

    static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}

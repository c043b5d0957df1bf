package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Exec;
import dev.stowbook.supervisor.state.State;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The process that a client is attached to. */
sealed interface AttachTarget {

    CompletableFuture<ProcessStreams.Line> attach(ProcessStreams processes, ProcessStreams.Reader reader);

    /** How it ended, once the book has it. */
    Optional<ExitStatus> exit(State state);

    /** Whether the state knows nothing of it any more, so that its end is only in the book. */
    boolean forgotten(State state);

    /** A process that exec started. */
    record OfExec(ExecId id) implements AttachTarget {
        @Override
        public CompletableFuture<ProcessStreams.Line> attach(ProcessStreams processes, ProcessStreams.Reader reader) {
            return processes.attach(id, reader);
        }

        @Override
        public Optional<ExitStatus> exit(State state) {
            Exec exec = state.execs().get(id);
            return exec == null ? Optional.empty() : exec.exit();
        }

        @Override
        public boolean forgotten(State state) {
            return !state.execs().containsKey(id);
        }
    }

    /**
     * A container's process.
     *
     * @param attempt which of its starts: the next one has streams of its own
     * @param input whether the client may write to it
     */
    record OfContainer(ContainerId id, int attempt, boolean input) implements AttachTarget {
        static OfContainer of(Container container, boolean input) {
            return new OfContainer(container.id(), container.attempt(), input);
        }

        @Override
        public CompletableFuture<ProcessStreams.Line> attach(ProcessStreams processes, ProcessStreams.Reader reader) {
            return processes.attach(id, input, reader);
        }

        @Override
        public Optional<ExitStatus> exit(State state) {
            Container container = state.containers().get(id);
            if (container == null || container.attempt() != attempt) {
                return Optional.empty();
            }
            return switch (container.phase()) {
                case WAITING, EXITED -> container.exit();
                case CREATED, STARTING, RUNNING -> Optional.empty();
            };
        }

        @Override
        public boolean forgotten(State state) {
            Container container = state.containers().get(id);
            return container == null || container.attempt() != attempt;
        }
    }
}

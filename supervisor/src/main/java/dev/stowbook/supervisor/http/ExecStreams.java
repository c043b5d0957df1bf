package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.model.ExecId;
import java.util.concurrent.CompletableFuture;

/** Reaches the input and output of processes that exec started. Any thread; nothing blocks. */
public interface ExecStreams {

    /**
     * Attaches to a process. Fails with a sentence as message if it cannot be reached: it has ended, or its keeper is gone.
     *
     * @param exec the process
     * @param reader told of its output, one call at a time, on a thread that must not be blocked
     */
    CompletableFuture<ExecStream> attach(ExecId exec, ExecReader reader);

    /** One attached reader's line to the process. */
    interface ExecStream extends AutoCloseable {

        /** Gives it input; completes when more may be given. */
        CompletableFuture<Void> input(byte[] bytes);

        /** Ends its standard input. */
        void endInput();

        /** Changes its terminal's size. */
        void resize(int rows, int columns);

        /** No more output for now: the process waits. */
        void pause();

        /** Output again. */
        void resume();

        /** Lets go of the process, which goes on. */
        @Override
        void close();
    }

    /** Hears a process. */
    interface ExecReader {

        /** Output: {@code stream} is 1, or 2 for standard error. */
        void output(int stream, byte[] bytes);

        /** All its output has been told, and it has ended. */
        void exited(int code);

        /** It cannot be heard any more, for a reason that can be shown. */
        void lost(String message);
    }
}

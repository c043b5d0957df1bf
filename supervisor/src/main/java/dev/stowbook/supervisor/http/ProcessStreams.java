package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.http.logs.LogEnd;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExecId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Reaches the input and output of containers' processes, and of those that exec started. Any thread; nothing blocks. */
public interface ProcessStreams {

    /**
     * Attaches to a process that exec started. Fails with a sentence as message if it cannot be reached: it has ended, or its keeper
     * is gone. A reader that is slow holds it up.
     *
     * @param exec the process
     * @param reader told of its output, one call at a time, on a thread that must not be blocked
     */
    CompletableFuture<Line> attach(ExecId exec, Reader reader);

    /**
     * Attaches to a container's process. Fails as above, and if input is wanted of a process whose standard input has ended. A reader
     * that is slow is passed over.
     *
     * @param input whether the reader will give input
     */
    CompletableFuture<Line> attach(ContainerId container, boolean input, Reader reader);

    /** Changes the size of a container's terminal. Fails with a sentence if it has none. */
    CompletableFuture<Void> resize(ContainerId container, int rows, int columns);

    /** One attached reader's line to the process. */
    interface Line extends AutoCloseable {

        /** Where the log of a container ended when the reader was attached: its output goes on from there. */
        Optional<LogEnd> logEnd();

        /** Gives it input; completes when more may be given. */
        CompletableFuture<Void> input(byte[] bytes);

        /** Ends its standard input. */
        void endInput();

        /** Changes its terminal's size. */
        void resize(int rows, int columns);

        /** No more output for now. */
        void pause();

        /** Output again. */
        void resume();

        /** Lets go of the process, which goes on. */
        @Override
        void close();
    }

    /** Hears a process. */
    interface Reader {

        /** Output: {@code stream} is 1, or 2 for standard error. */
        void output(int stream, byte[] bytes);

        /** So many bytes of output were not given to this reader, who was too slow. */
        void passedOver(long bytes);

        /** All its output has been told, and it has ended. */
        void exited(int code);

        /** It cannot be heard any more, for a reason that can be shown. */
        void lost(String message);
    }
}

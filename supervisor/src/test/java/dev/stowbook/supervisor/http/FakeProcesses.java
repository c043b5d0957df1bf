package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.http.logs.LogEnd;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExecId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/** Processes that say what a test says, and remember what they are told. */
final class FakeProcesses implements ProcessStreams {
    final BlockingQueue<Attached> attached = new LinkedBlockingQueue<>();
    final BlockingQueue<String> resized = new LinkedBlockingQueue<>();
    volatile boolean slow;
    volatile Optional<LogEnd> logEnd = Optional.empty();
    volatile Optional<String> refusal = Optional.empty();
    /** Whether a test says when a reader is attached, by these. */
    volatile boolean late;
    final BlockingQueue<Runnable> attaching = new LinkedBlockingQueue<>();

    static final class Attached implements Line {
        final Reader reader;
        final boolean takesInput;
        final Optional<LogEnd> logEnd;
        final ByteArrayOutputStream input = new ByteArrayOutputStream();
        final BlockingQueue<String> happened = new LinkedBlockingQueue<>();
        final BlockingQueue<CompletableFuture<Void>> untaken = new LinkedBlockingQueue<>();
        final boolean slow;
        volatile boolean paused;

        Attached(Reader reader, boolean takesInput, Optional<LogEnd> logEnd, boolean slow) {
            this.reader = reader;
            this.takesInput = takesInput;
            this.logEnd = logEnd;
            this.slow = slow;
        }

        @Override
        public Optional<LogEnd> logEnd() {
            return logEnd;
        }

        @Override
        public CompletableFuture<Void> input(byte[] bytes) {
            synchronized (input) {
                input.writeBytes(bytes);
            }
            CompletableFuture<Void> taken = new CompletableFuture<>();
            if (slow) {
                untaken.add(taken);
            } else {
                taken.complete(null);
            }
            return taken;
        }

        int inputBytes() {
            synchronized (input) {
                return input.size();
            }
        }

        @Override
        public void endInput() {
            happened.add("end");
        }

        @Override
        public void resize(int rows, int columns) {
            happened.add("resize " + rows + "x" + columns);
        }

        @Override
        public void pause() {
            paused = true;
        }

        @Override
        public void resume() {
            paused = false;
        }

        @Override
        public void close() {
            happened.add("close");
        }
    }

    @Override
    public CompletableFuture<Line> attach(ExecId exec, Reader reader) {
        return add(new Attached(reader, true, Optional.empty(), slow));
    }

    @Override
    public CompletableFuture<Line> attach(ContainerId container, boolean input, Reader reader) {
        return refusal.<CompletableFuture<Line>>map(sentence -> CompletableFuture.failedFuture(new IOException(sentence)))
                .orElseGet(() -> add(new Attached(reader, input, logEnd, slow)));
    }

    private CompletableFuture<Line> add(Attached one) {
        attached.add(one);
        CompletableFuture<Line> done = new CompletableFuture<>();
        if (late) {
            attaching.add(() -> done.complete(one));
        } else {
            done.complete(one);
        }
        return done;
    }

    @Override
    public CompletableFuture<Void> resize(ContainerId container, int rows, int columns) {
        resized.add(container.value() + " " + rows + "x" + columns);
        return CompletableFuture.completedFuture(null);
    }
}

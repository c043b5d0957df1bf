package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.model.ExecId;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/** Processes that say what a test says, and remember what they are told. */
final class FakeExecs implements ExecStreams {
    final BlockingQueue<Attached> attached = new LinkedBlockingQueue<>();
    volatile boolean slow;

    static final class Attached implements ExecStream {
        final ExecReader reader;
        final ByteArrayOutputStream input = new ByteArrayOutputStream();
        final BlockingQueue<String> happened = new LinkedBlockingQueue<>();
        final BlockingQueue<CompletableFuture<Void>> untaken = new LinkedBlockingQueue<>();
        final boolean slow;
        volatile boolean paused;

        Attached(ExecReader reader, boolean slow) {
            this.reader = reader;
            this.slow = slow;
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
    public CompletableFuture<ExecStream> attach(ExecId exec, ExecReader reader) {
        Attached one = new Attached(reader, slow);
        attached.add(one);
        return CompletableFuture.completedFuture(one);
    }
}

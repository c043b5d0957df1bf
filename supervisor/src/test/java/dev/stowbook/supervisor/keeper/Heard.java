package dev.stowbook.supervisor.keeper;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A listener that remembers everything. */
final class Heard implements KeeperListener {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final List<KeeperMessage> messages = new ArrayList<>();
    private boolean closed;
    @Nullable KeeperConnection connection;

    @Override
    public synchronized void message(KeeperConnection from, KeeperMessage message) {
        messages.add(message);
        notifyAll();
    }

    @Override
    public synchronized void closed(KeeperConnection which, Optional<Exception> reason) {
        closed = true;
        notifyAll();
    }

    KeeperConnection connection() {
        return java.util.Objects.requireNonNull(connection);
    }

    /** The first message of a kind; fails if the connection closes, or a start fails, before it comes. */
    synchronized <T extends KeeperMessage> T await(Class<T> kind) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            Optional<T> found = messages.stream().filter(kind::isInstance).map(kind::cast).findFirst();
            if (found.isPresent()) {
                return found.get();
            }
            if (closed || System.nanoTime() > end) {
                throw new AssertionError("no " + kind.getSimpleName() + (closed ? ", and the keeper is gone" : "") + ": " + messages);
            }
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, end - System.nanoTime()));
        }
    }

    KeeperMessage.Started started() throws InterruptedException {
        return await(KeeperMessage.Started.class);
    }

    KeeperMessage.StartFailed failed() throws InterruptedException {
        return await(KeeperMessage.StartFailed.class);
    }

    synchronized void awaitClosed() throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!closed) {
            if (System.nanoTime() > end) {
                throw new AssertionError("the connection is still open; heard: " + messages);
            }
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, end - System.nanoTime()));
        }
    }

    /** What came of a stream up to now. */
    synchronized String output(int stream) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (KeeperMessage message : messages) {
            if (message instanceof KeeperMessage.Output output && output.stream() == stream) {
                all.writeBytes(output.bytes());
            }
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    synchronized String awaitOutput(int stream, String part) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!output(stream).contains(part)) {
            if (closed && !output(stream).contains(part) || System.nanoTime() > end) {
                throw new AssertionError("`" + part + "` did not come; heard: " + messages + " = " + output(stream));
            }
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, end - System.nanoTime()));
        }
        return output(stream);
    }

    synchronized List<KeeperMessage> messages() {
        return List.copyOf(messages);
    }
}

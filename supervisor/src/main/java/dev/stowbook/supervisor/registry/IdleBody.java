package dev.stowbook.supervisor.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A response's body as a stream that does not wait for ever: the JDK's client limits the time until the headers only. Few buffers are under way
 * at any time, so memory does not depend on the body's size. One reader; {@link #close} by any thread.
 */
final class IdleBody extends InputStream implements HttpResponse.BodySubscriber<InputStream> {
    private static final int BUFFERS = 4;

    /** What comes: buffers, then an end. */
    private record Item(List<ByteBuffer> buffers, @Nullable Throwable failure, boolean end) {}

    private final Duration patience;
    private final LinkedBlockingQueue<Item> items = new LinkedBlockingQueue<>();
    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
    private final Deque<ByteBuffer> current = new ArrayDeque<>();
    private @Nullable Item last;
    private volatile boolean closed;

    IdleBody(Duration patience) {
        this.patience = patience;
    }

    @Override
    public CompletionStage<InputStream> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        if (!subscription.complete(given) || closed) {
            given.cancel();
        } else {
            given.request(BUFFERS);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        items.add(new Item(buffers, null, false));
    }

    @Override
    public void onError(Throwable failure) {
        items.add(new Item(List.of(), failure, true));
    }

    @Override
    public void onComplete() {
        items.add(new Item(List.of(), null, true));
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (current.isEmpty()) {
            if (!next()) {
                return -1;
            }
        }
        int done = 0;
        while (done < length && !current.isEmpty()) {
            ByteBuffer buffer = current.peek();
            int count = Math.min(length - done, buffer.remaining());
            buffer.get(bytes, offset + done, count);
            done += count;
            if (!buffer.hasRemaining()) {
                current.poll();
            }
        }
        return done;
    }

    /** Waits for more; false at the end. */
    private boolean next() throws IOException {
        Item item = last != null ? last : take();
        if (item.end()) {
            last = item;
            if (item.failure() != null) {
                throw new IOException(item.failure().getMessage() == null ? item.failure().toString() : item.failure().getMessage(), item.failure());
            }
            return false;
        }
        for (ByteBuffer buffer : item.buffers()) {
            if (buffer.hasRemaining()) {
                current.add(buffer);
            }
        }
        subscription.join().request(1);
        return true;
    }

    private Item take() throws IOException {
        try {
            Item item = closed ? null : items.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
            if (closed) {
                throw new IOException("it was given up");
            }
            if (item == null) {
                close();
                throw new IOException("nothing came for " + patience.toSeconds() + " seconds");
            }
            return item;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new InterruptedIOException("interrupted");
        }
    }

    @Override
    public void close() {
        closed = true;
        subscription.thenAccept(Flow.Subscription::cancel);
        items.add(new Item(List.of(), null, true));
    }
}

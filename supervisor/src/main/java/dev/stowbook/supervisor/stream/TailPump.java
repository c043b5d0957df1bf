package dev.stowbook.supervisor.stream;

import dev.stowbook.supervisor.log.LogException;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Pumps a tail of the book into a stream, as fast as its reader takes it. A slow reader is served from the disk: it is never dropped,
 * and no more than one batch waits for it in memory. Lives on one Vert.x context; only reading happens on a worker.
 */
public final class TailPump {
    private static final int BATCH_BYTES = 64 << 10;

    /** What the pump is built on. */
    public record Parts(Vertx vertx, WorkerExecutor workers, DurableSignal signal) {}

    /** How events look on the wire. Worker threads. */
    public interface Framing {
        /** One event. */
        Buffer event(TailEvent event) throws LogException;

        /** Nothing new up to that event. */
        Buffer heartbeat(long sequence);
    }

    private final Parts parts;
    private final Context context;
    private final EventTail tail;
    private final WriteStream<Buffer> out;
    private final Framing framing;
    private final boolean follow;
    private final Duration heartbeat;
    private final Promise<Void> over = Promise.promise();
    private final AtomicBoolean wakeScheduled = new AtomicBoolean();
    private final long lastIfNotFollowing;
    private DurableSignal.Subscription subscription = () -> {};
    private long timer = -1;
    private boolean busy;
    private boolean waitsForDrain;
    private boolean wroteSinceBeat;
    private boolean stopped;

    /** To be made on the context of {@code out}; the pump closes the tail. */
    public TailPump(
            Parts parts, EventTail tail, WriteStream<Buffer> out, Framing framing, boolean follow, Duration heartbeat) {
        this.parts = parts;
        this.context = parts.vertx().getOrCreateContext();
        this.tail = tail;
        this.out = out;
        this.framing = framing;
        this.follow = follow;
        this.heartbeat = heartbeat;
        this.lastIfNotFollowing = parts.signal().sequence();
    }

    /** Begins. The future completes when all was written (never, when following), or fails with what stopped it. */
    public Future<Void> start() {
        if (follow) {
            subscription = parts.signal().subscribe(this::wake);
            timer = parts.vertx().setPeriodic(heartbeat.toMillis(), id -> beat());
        }
        next();
        return over.future();
    }

    /** The reader has gone away. */
    public void stop() {
        finish();
        over.tryComplete();
    }

    private void wake() {
        if (wakeScheduled.compareAndSet(false, true)) {
            context.runOnContext(nothing -> {
                wakeScheduled.set(false);
                next();
            });
        }
    }

    private void next() {
        if (stopped || busy || waitsForDrain) {
            return;
        }
        if (out.writeQueueFull()) {
            waitsForDrain = true;
            out.drainHandler(nothing -> {
                waitsForDrain = false;
                next();
            });
            return;
        }
        long durable = follow ? parts.signal().sequence() : lastIfNotFollowing;
        if (tail.position() > durable) {
            if (!follow) {
                finish();
                over.tryComplete();
            }
            return;
        }
        busy = true;
        parts.workers().executeBlocking(() -> batch(durable), false).onComplete(batch -> {
            busy = false;
            if (stopped) {
                tail.close();
            } else if (batch.failed()) {
                finish();
                over.tryFail(batch.cause());
            } else {
                wroteSinceBeat = true;
                out.write(batch.result());
                next();
            }
        });
    }

    private Buffer batch(long durable) throws LogException {
        Buffer buffer = Buffer.buffer(BATCH_BYTES);
        List<TailEvent> events = tail.read(durable, BATCH_BYTES);
        if (events.isEmpty()) {
            throw new IllegalStateException("event " + tail.position() + " is durable but cannot be read");
        }
        for (TailEvent event : events) {
            buffer.appendBuffer(framing.event(event));
        }
        return buffer;
    }

    private void beat() {
        boolean idle = !wroteSinceBeat && !busy && !out.writeQueueFull();
        wroteSinceBeat = false;
        if (idle && !stopped) {
            out.write(framing.heartbeat(tail.position() - 1));
        }
    }

    private void finish() {
        if (stopped) {
            return;
        }
        stopped = true;
        subscription.close();
        if (timer >= 0) {
            parts.vertx().cancelTimer(timer);
        }
        if (!busy) {
            tail.close();
        }
    }
}

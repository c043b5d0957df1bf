package dev.stowbook.supervisor.http.logs;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Pumps a log into a stream as fast as its reader takes it; at the log's end it looks again until nothing more can come. */
public final class LogPump {
    private static final int BATCH_BYTES = 64 << 10;

    private final Vertx vertx;
    private final WorkerExecutor workers;
    private final LogCursor cursor;
    private final LogFormat format;
    private final WriteStream<Buffer> out;
    private final Duration poll;
    private final BooleanSupplier complete;
    private final Promise<Void> over = Promise.promise();
    private boolean busy;
    private boolean stopped;

    /** @param complete whether everything that will ever be written is in the files; any thread */
    public LogPump(
            Vertx vertx,
            WorkerExecutor workers,
            LogCursor cursor,
            LogFormat format,
            WriteStream<Buffer> out,
            Duration poll,
            BooleanSupplier complete) {
        this.vertx = vertx;
        this.workers = workers;
        this.cursor = cursor;
        this.format = format;
        this.out = out;
        this.poll = poll;
        this.complete = complete;
    }

    /** Begins, on the stream's context; completes when all was written. */
    public Future<Void> start() {
        next();
        return over.future();
    }

    /** The reader has gone away. */
    public void stop() {
        finish();
        over.tryComplete();
    }

    private record Batch(Buffer bytes, boolean last) {}

    private void next() {
        if (stopped || busy) {
            return;
        }
        if (out.writeQueueFull()) {
            out.drainHandler(nothing -> next());
            return;
        }
        busy = true;
        workers.executeBlocking(this::batch, false).onComplete(read -> {
            busy = false;
            if (stopped) {
                close();
            } else if (read.failed()) {
                finish();
                over.tryFail(read.cause());
            } else {
                write(read.result());
            }
        });
    }

    private void write(Batch batch) {
        if (batch.bytes().length() > 0) {
            out.write(batch.bytes());
            next();
        } else if (batch.last()) {
            finish();
            over.tryComplete();
        } else {
            vertx.setTimer(poll.toMillis(), id -> next());
        }
    }

    /** Asks first and reads then: what came before the end is in the files by now. */
    private Batch batch() throws IOException {
        boolean last = complete.getAsBoolean();
        Buffer bytes = Buffer.buffer();
        while (bytes.length() < BATCH_BYTES) {
            List<LogLine> lines = cursor.read();
            if (lines.isEmpty()) {
                break;
            }
            lines.forEach(line -> format.append(bytes, line));
        }
        return new Batch(bytes, last);
    }

    private void finish() {
        if (stopped) {
            return;
        }
        stopped = true;
        if (!busy) {
            close();
        }
    }

    private void close() {
        workers.executeBlocking(() -> {
            cursor.close();
            return null;
        }, false);
    }
}

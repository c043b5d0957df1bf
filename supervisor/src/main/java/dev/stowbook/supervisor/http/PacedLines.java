package dev.stowbook.supervisor.http;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The lines of a response that come from another thread. While the client does not read, few of them are kept: who has more to say waits, unless
 * what it says is little and must not wait.
 */
final class PacedLines {
    private static final int ROOM_BYTES = 256 * 1024;

    private final Context context;
    private final HttpServerResponse response;
    private final Deque<Buffer> lines = new ArrayDeque<>();
    private int keptBytes;
    private boolean gone;

    /** On the response's context. */
    PacedLines(Context context, HttpServerResponse response) {
        this.context = context;
        this.response = response;
    }

    /** Says something without waiting. Any thread. */
    void say(Buffer line) {
        synchronized (this) {
            if (gone) {
                return;
            }
            lines.add(line);
            keptBytes += line.length();
        }
        context.runOnContext(nothing -> write());
    }

    /** Says something as soon as there is room, or nothing if the client is gone. Any thread but the response's. */
    void sayWhenThereIsRoom(Buffer line) {
        try {
            awaitRoom();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the daemon is ending: what has to be said is said without waiting
        }
        say(line);
    }

    private synchronized void awaitRoom() throws InterruptedException {
        while (keptBytes >= ROOM_BYTES && !gone) {
            wait();
        }
    }

    private synchronized Buffer next() {
        Buffer line = lines.isEmpty() ? Buffer.buffer() : lines.poll();
        keptBytes -= line.length();
        notifyAll();
        return line;
    }

    /** On the response's context. */
    private void write() {
        while (!response.closed() && !response.ended()) {
            if (response.writeQueueFull()) {
                response.drainHandler(drained -> write());
                return;
            }
            Buffer line = next();
            if (line.length() == 0) {
                return;
            }
            response.write(line);
        }
    }

    /** The client is gone: nobody waits for it any more. Any thread. */
    synchronized void giveUp() {
        gone = true;
        lines.clear();
        keptBytes = 0;
        notifyAll();
    }

    /** Says what is left and one thing more, and ends. On the response's context. */
    Future<Void> end(Buffer last) {
        if (response.closed()) {
            return Future.succeededFuture();
        }
        for (Buffer line = next(); line.length() > 0; line = next()) {
            response.write(line);
        }
        giveUp();
        return response.end(last);
    }
}

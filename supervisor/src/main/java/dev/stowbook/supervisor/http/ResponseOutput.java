package dev.stowbook.supervisor.http;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A response's body for who writes and blocks: a worker waits while the client does not read. One thread. */
final class ResponseOutput extends OutputStream {
    private static final int CHUNK_BYTES = 64 * 1024;

    private final Context context;
    private final HttpServerResponse response;
    private final String contentType;
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private Buffer chunk = Buffer.buffer(CHUNK_BYTES);
    private boolean begun;

    /** On the response's context. */
    ResponseOutput(Call call, String contentType) {
        this.context = call.context();
        this.response = call.response();
        this.contentType = contentType;
        response.closeHandler(nothing -> gone.complete(null));
        response.exceptionHandler(failure -> gone.complete(null));
    }

    /** Whether the client has been sent anything; until then a failure can still be told properly. */
    boolean begun() {
        return begun;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        chunk.appendBytes(bytes, offset, length);
        if (chunk.length() >= CHUNK_BYTES) {
            flush();
        }
    }

    @Override
    public void flush() throws IOException {
        if (chunk.length() == 0) {
            return;
        }
        Buffer full = chunk;
        chunk = Buffer.buffer(CHUNK_BYTES);
        boolean first = !begun;
        begun = true;
        CompletableFuture<Void> room = new CompletableFuture<>();
        context.runOnContext(nothing -> {
            if (response.closed()) {
                gone.complete(null);
                return;
            }
            if (first) {
                response.setChunked(true).putHeader("Content-Type", contentType);
            }
            response.write(full);
            if (response.writeQueueFull()) {
                response.drainHandler(drained -> room.complete(null));
            } else {
                room.complete(null);
            }
        });
        try {
            CompletableFuture.anyOf(room, gone).get();
        } catch (ExecutionException e) {
            throw new IOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        if (gone.isDone()) {
            throw new IOException("the client went away");
        }
    }
}

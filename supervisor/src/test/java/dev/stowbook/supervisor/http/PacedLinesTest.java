package dev.stowbook.supervisor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client that does not read, and a thread that has a gigabyte to say. */
@Timeout(300)
class PacedLinesTest {
    private static final String LINE = "x".repeat(999) + "\n";
    private static final long ALL_BYTES = 1L << 30;
    /** What sockets, Vert.x and the queue hold together, many times over. */
    private static final long MOST_BYTES = 64 << 20;

    private final AtomicLong saidBytes = new AtomicLong();
    private final CompletableFuture<Thread> speaker = new CompletableFuture<>();
    private Vertx vertx;
    private HttpServer server;
    private long wantedBytes = ALL_BYTES;

    @BeforeEach
    void listen() throws Exception {
        vertx = Vertx.vertx();
        server = vertx.createHttpServer()
                .requestHandler(request -> {
                    request.response().setChunked(true);
                    PacedLines lines = new PacedLines(vertx.getOrCreateContext(), request.response());
                    request.response().closeHandler(gone -> lines.giveUp());
                    var context = vertx.getOrCreateContext();
                    Thread thread = new Thread(() -> {
                        for (Buffer line = Buffer.buffer(LINE); saidBytes.get() < wantedBytes; saidBytes.addAndGet(line.length())) {
                            lines.sayWhenThereIsRoom(line);
                        }
                        context.runOnContext(nothing -> lines.end(Buffer.buffer("end\n")));
                    });
                    thread.start();
                    speaker.complete(thread);
                })
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private Socket ask() throws Exception {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), server.actualPort());
        client.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return client;
    }

    private void awaitWaiting() throws Exception {
        Thread thread = speaker.get(60, TimeUnit.SECONDS);
        while (thread.getState() != Thread.State.WAITING) {
            assertTrue(thread.isAlive(), "it said everything to nobody: " + saidBytes);
            assertTrue(saidBytes.get() < MOST_BYTES, "it said " + saidBytes + " bytes to nobody");
            Thread.sleep(1);
        }
    }

    @Test
    void whoSpeaksWaitsForWhoDoesNotReadAndStopsWaitingWhenThatOneIsGone() throws Exception {
        try (Socket client = ask()) {
            awaitWaiting();
        }
        Thread thread = speaker.get();
        thread.join(60_000);
        assertEquals(Thread.State.TERMINATED, thread.getState(), "it waits for nobody");
    }

    @Test
    void whoReadsLateGetsEverythingInOrder() throws Exception {
        wantedBytes = 20L << 20;
        try (Socket client = ask()) {
            awaitWaiting();
            InputStream in = client.getInputStream();
            String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            assertEquals(wantedBytes / LINE.length() + 1, text.split(LINE, -1).length - 1);
            assertTrue(text.endsWith("end\n\r\n0\r\n\r\n"), text.substring(text.length() - 50));
        }
    }
}

package dev.stowbook.supervisor.registry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.image.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One blob for several: who goes, who stays, and what breaks. */
class DownloadsTest {
    private static final byte[] BYTES = new byte[100_000];
    private static final Digest BLOB = Digest.of(BYTES);

    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
    private final CountDownLatch rest = new CountDownLatch(1);

    @AfterEach
    void end() {
        rest.countDown();
        threads.shutdownNow();
    }

    /** Gives one half, and the other when the test lets it. */
    private InputStream halves() {
        return new InputStream() {
            private int at;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                if (at == BYTES.length) {
                    return -1;
                }
                if (at == BYTES.length / 2) {
                    awaitRest();
                }
                int count = Math.min(length, at < BYTES.length / 2 ? BYTES.length / 2 - at : BYTES.length - at);
                at += count;
                return count;
            }
        };
    }

    private void awaitRest() throws IOException {
        try {
            if (!rest.await(60, TimeUnit.SECONDS)) {
                throw new IOException("the test never let it go on");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private CompletableFuture<byte[]> reading(InputStream in) {
        CompletableFuture<byte[]> read = new CompletableFuture<>();
        threads.execute(() -> {
            try {
                read.complete(in.readAllBytes());
            } catch (IOException e) {
                read.completeExceptionally(e);
            }
        });
        return read;
    }

    private static IOException failure(CompletableFuture<byte[]> reading) {
        ExecutionException failure = assertThrows(ExecutionException.class, () -> reading.get(60, TimeUnit.SECONDS));
        return assertInstanceOf(IOException.class, failure.getCause());
    }

    @Test
    void whoGoesIsNotKeptWaitingByWhoStays() throws Exception {
        Downloads downloads = new Downloads(directory, threads);
        try (Download.Use goes = downloads.ahead(BLOB, this::halves).orElseThrow();
                Download.Use stays = downloads.joinOrStream(BLOB).orElseThrow()) {
            assertTrue(goes.isOwn());
            assertFalse(stays.isOwn());
            InputStream begun = goes.read();
            assertEquals(BYTES.length / 2, begun.readNBytes(BYTES.length / 2).length);
            CompletableFuture<byte[]> waits = reading(begun);
            CompletableFuture<byte[]> other = reading(stays.read());
            goes.close();
            assertTrue(Repository.reason(failure(waits)).getMessage().contains("given up"));
            assertFalse(other.isDone());
            rest.countDown();
            assertArrayEquals(BYTES, other.get(60, TimeUnit.SECONDS));
        }
    }

    @Test
    void whatBrokeIsJoinedByNobodyAnyMore() throws Exception {
        Downloads downloads = new Downloads(directory, threads);
        Downloads.Source breaks = () -> {
            throw RegistryException.invalid("it is damaged");
        };
        try (Download.Use first = downloads.ahead(BLOB, breaks).orElseThrow()) {
            assertEquals("it is damaged", failure(reading(first.read())).getMessage());
            assertTrue(first.isBroken());
            try (Download.Use second = downloads.ahead(BLOB, () -> new ByteArrayInputStream(BYTES)).orElseThrow()) {
                assertTrue(second.isOwn());
                assertTrue(Arrays.equals(BYTES, reading(second.read()).get(60, TimeUnit.SECONDS)));
            }
        }
    }

    @Test
    void whoIsInterruptedWhileHeReadsBreaksItForNobodyElse() throws Exception {
        Downloads downloads = new Downloads(directory, threads);
        try (Download.Use goes = downloads.ahead(BLOB, this::halves).orElseThrow();
                Download.Use stays = downloads.joinOrStream(BLOB).orElseThrow()) {
            InputStream begun = goes.read();
            assertEquals(10, begun.readNBytes(10).length);
            Thread.currentThread().interrupt();
            try {
                begun.read(new byte[10]);
            } catch (IOException e) {
                // his reading may be broken off
            } finally {
                assertTrue(Thread.interrupted());
            }
            rest.countDown();
            assertArrayEquals(BYTES, reading(stays.read()).get(60, TimeUnit.SECONDS));
        }
    }

    @Test
    void whatFailsUnexpectedlyIsWaitedForByNobody() throws Exception {
        Downloads downloads = new Downloads(directory, threads);
        Downloads.Source fails = () -> {
            throw new IllegalStateException("a bug");
        };
        try (Download.Use use = downloads.ahead(BLOB, fails).orElseThrow()) {
            assertTrue(failure(reading(use.read())).getMessage().contains("a bug"));
        }
    }
}

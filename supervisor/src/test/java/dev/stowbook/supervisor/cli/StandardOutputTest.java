package dev.stowbook.supervisor.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as a process, whose standard output takes no more. */
class StandardOutputTest {
    private static final String EVENT = "{\"type\":\"dev.stowbook.A.v1\",\"time\":\"2026-01-01T00:00:00Z\",\"sequence\":1,\"data\":{}}\n";

    @TempDir
    private Path directory;

    private FakeDaemon daemon;

    @BeforeEach
    void open() throws IOException {
        daemon = new FakeDaemon();
    }

    @AfterEach
    void close() throws IOException {
        daemon.close();
    }

    private ProcessBuilder command(String... words) {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", System.getProperty("java.class.path"), Stowbook.class.getName(),
                "-H", "unix://" + daemon.socket));
        line.addAll(List.of(words));
        return new ProcessBuilder(line).redirectError(directory.resolve("err").toFile());
    }

    private String err() throws IOException {
        return Files.readString(directory.resolve("err"));
    }

    private static int code(Process process) throws InterruptedException {
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it goes on although nobody reads what it writes");
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void whatDoesNotFitOnTheDiskIsNoSuccess() throws Exception {
        daemon.json("GET /v1/images", "[]").answer("GET /v1/images/save?names=a", (request, in, out) -> FakeDaemon.respond(out, 200, "an archive".repeat(10_000)));
        for (String words : new String[] {"help", "image ls", "image ls -o json", "image save a"}) {
            Process process = command(words.split(" ")).redirectOutput(new File("/dev/full")).start();
            assertEquals(1, code(process), words);
            assertEquals("stowbook: standard output could not be written to, and what it has is not whole: is there room left?\n", err());
        }
    }

    @Test
    void aReaderThatGoesAwayEndsWhatFollowsWithoutAWord() throws Exception {
        for (String words : new String[] {"events --follow --from 1", "logs --follow web"}) {
            String target = words.startsWith("events") ? "GET /v1/events?from=1&follow=true" : "GET /v1/containers/web/logs?follow=true";
            daemon.answer(target, (request, in, out) -> {
                out.write("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n".getBytes(UTF_8));
                while (true) { // until the command goes
                    out.write(EVENT.getBytes(UTF_8));
                    LockSupport.parkNanos(10_000_000);
                }
            });
            Process process = command(words.split(" ")).start();
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
                assertTrue(reader.readLine() != null, err());
            }
            assertEquals(1, code(process), words);
            assertEquals("", err());
        }
    }
}

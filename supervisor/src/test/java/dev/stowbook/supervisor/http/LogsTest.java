package dev.stowbook.supervisor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.http.logs.LogCursor;
import dev.stowbook.supervisor.http.logs.LogQuery;
import dev.stowbook.supervisor.state.Container;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LogsTest {
    private static final String URL = "/v1/containers/web/logs";

    @TempDir
    private Path directory;

    private Api api;
    private Container container;
    private Path file;

    @BeforeEach
    void open() throws Exception {
        api = new Api(directory);
        api.image("box");
        container = api.runs("web", "");
        file = api.newestLog(container.id());
        Files.createDirectories(file.getParent());
    }

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    private void write(String stream, String tag, String text) throws Exception {
        write(file, "2026-11-21T06:00:00.123456789Z", stream, tag, text);
    }

    private static void write(Path to, String time, String stream, String tag, String text) throws Exception {
        Files.writeString(to, time + " " + stream + " " + tag + " " + text + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** As the keeper does it: the oldest goes, each file takes the next name. */
    private void rotate() throws Exception {
        for (int i = 2; i >= 1; i--) {
            Path from = i == 1 ? file : file.resolveSibling("log." + (i - 1));
            if (Files.exists(from)) {
                Files.move(from, file.resolveSibling("log." + i), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    @Test
    void theBytesComeAsTheyWereWrittenWithPartsPutTogether() throws Exception {
        assertEquals("", api.http.get(URL).text());
        write("stdout", "F", "one");
        write("stdout", "P", "tw");
        write("stdout", "F", "o");
        write("stderr", "F", "  spaces  are kept ");
        write("stdout", "F", "");
        write("stdout", "P", "no line feed");
        UnixHttp.Response all = api.http.get(URL);
        assertEquals("one\ntwo\n  spaces  are kept \n\nno line feed", all.text());
        assertEquals("text/plain", all.headers().get("Content-Type"));
        assertEquals("  spaces  are kept \n", api.http.get(URL + "?stream=stderr").text());
        assertEquals(
                "2026-11-21T06:00:00.123456789Z one\n2026-11-21T06:00:00.123456789Z two\n",
                api.http.get(URL + "?timestamps=true&stream=stdout").text().lines().limit(2).map(l -> l + "\n").reduce("", String::concat));
        List<String> lines = api.http.get(URL, "Accept: application/x-ndjson").text().lines().toList();
        assertEquals(6, lines.size());
        assertEquals(
                "{\"time\":\"2026-11-21T06:00:00.123456789Z\",\"stream\":\"stdout\",\"partial\":true,\"text\":\"tw\"}", lines.get(1));
    }

    @Test
    void aTailCountsLinesOverAllFiles() throws Exception {
        for (int i = 0; i < 30; i++) {
            if (i % 10 == 0 && i > 0) {
                rotate();
            }
            write("stdout", "P", "line ");
            write("stdout", "F", Integer.toString(i));
        }
        assertEquals(30, api.http.get(URL).text().lines().count());
        for (int tail : new int[] {0, 1, 9, 10, 11, 20, 25, 30, 99}) {
            List<String> lines = api.http.get(URL + "?tail=" + tail).text().lines().toList();
            int expected = Math.min(tail, 30);
            assertEquals(expected, lines.size(), "tail " + tail);
            if (expected > 0) {
                assertEquals("line " + (30 - expected), lines.getFirst());
                assertEquals("line 29", lines.getLast());
            }
        }
    }

    @Test
    void sinceLeavesOutWhatIsOlder() throws Exception {
        write(file, "2026-11-21T06:00:00.5Z", "stdout", "F", "old");
        write(file, "2026-11-21T06:00:01.0Z", "stdout", "F", "new");
        assertEquals("new\n", api.http.get(URL + "?since=2026-11-21T06:00:01Z").text());
        assertEquals("new\n", api.http.get(URL + "?since=2026-11-21T07:00:00.6%2B01:00").text());
    }

    @Test
    void followingGoesOnAcrossRotationAndEndsWhenTheContainerHasExitedForGood() throws Exception {
        write("stdout", "F", "0");
        List<String> seen = new ArrayList<>();
        CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> {
            try (UnixHttp.Stream stream = api.http.open(URL + "?follow=true")) {
                for (String line = stream.bodyLine(); line != null; line = stream.bodyLine()) {
                    synchronized (seen) {
                        seen.add(line);
                    }
                }
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        for (int i = 1; i < 200; i++) {
            if (i % 25 == 0) {
                int before = i;
                Api.await(() -> count(seen) >= before - 25); // no more than is kept
                rotate();
            }
            write("stdout", "F", Integer.toString(i));
            Thread.sleep(i % 7);
        }
        Api.await(() -> count(seen) == 200);
        assertTrue(!reader.isDone());
        write("stdout", "F", "last words");
        api.host.exits(container.id(), FakeHost.exited(0));
        reader.get(60, TimeUnit.SECONDS);
        assertEquals(201, seen.size());
        assertEquals("last words", seen.getLast());
        for (int i = 0; i < 200; i++) {
            assertEquals(Integer.toString(i), seen.get(i));
        }
    }

    private static int count(List<String> seen) {
        synchronized (seen) {
            return seen.size();
        }
    }

    @Test
    void aReaderThatWasOvertakenByRotationKnowsIt() throws Exception {
        write("stdout", "F", "a");
        try (LogCursor cursor = new LogCursor(file, new LogQuery(OptionalLong.empty(), Optional.empty(), Optional.empty()))) {
            assertEquals(List.of("a"), texts(cursor));
            rotate();
            write("stdout", "F", "b");
            assertEquals(List.of("b"), texts(cursor));
            assertFalse(cursor.hasGaps(), "it has read all there was");
            for (String text : List.of("c", "d", "e", "f")) {
                rotate();
                write("stdout", "F", text);
            }
            for (String text : List.of("d", "e", "f")) {
                assertEquals(List.of(text), texts(cursor));
            }
            assertTrue(cursor.hasGaps(), "c came and went");
        }
    }

    @Test
    void anEntryThatIsNotCompleteYetWaitsForItsEndAndOneThatIsCutBackNeverWas() throws Exception {
        write("stdout", "F", "whole");
        try (LogCursor cursor = new LogCursor(file, new LogQuery(OptionalLong.empty(), Optional.empty(), Optional.empty()))) {
            assertEquals(List.of("whole"), texts(cursor));
            long size = Files.size(file);
            Files.writeString(file, "2026-11-21T06:00:00.1Z stdout F half of", StandardOpenOption.APPEND);
            assertEquals(List.of(), texts(cursor));
            try (var channel = java.nio.channels.FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(size);
            }
            write("stdout", "F", "what came after, and is longer");
            assertEquals(List.of("what came after, and is longer"), texts(cursor), "whether it was looked at in between or not");
            Files.writeString(file, "2026-11-21T06:00:00.1Z stdout F " + "x".repeat(300_000), StandardOpenOption.APPEND);
            assertEquals(List.of(), texts(cursor));
            Files.writeString(file, "\n", StandardOpenOption.APPEND);
            assertEquals(List.of("x".repeat(300_000)), texts(cursor));
        }
    }

    private static List<String> texts(LogCursor cursor) throws Exception {
        return cursor.read().stream().map(line -> new String(line.text(), StandardCharsets.UTF_8)).toList();
    }

    @Test
    void aLongLogGoesToASlowReaderWhole() throws Exception {
        StringBuilder text = new StringBuilder();
        String line = "2026-11-21T06:00:00.1Z stdout F " + "x".repeat(100);
        for (int i = 0; i < 60_000; i++) {
            text.append(line).append('\n');
        }
        Files.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
        try (UnixHttp.Stream stream = api.http.open(URL)) {
            Thread.sleep(300);
            assertEquals(200, api.http.get("/v1/info").status());
            assertEquals(60_000L * 101, stream.rest().length);
        }
    }
}

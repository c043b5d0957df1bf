package dev.stowbook.supervisor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StowbookTest {
    private static final String ID = "0123456789abcdef".repeat(4);
    private static final String CONTAINERS = """
            [{"id":"%s","ref":"hello/web","image":"busybox","state":"running","startedAt":"2020-01-01T00:00:00Z","restarts":2,\
            "ports":[{"hostAddress":"127.0.0.1","hostPort":18080,"containerPort":80,"protocol":"TCP"}]},\
            {"id":"%s","ref":"hello/client","image":"busybox","state":"exited","exitCode":3,"oomKilled":true,"finishedAt":"2020-01-01T00:00:00.5Z"}]"""
            .formatted(ID, ID.replace('0', 'f'));
    private FakeDaemon daemon;

    @BeforeEach
    void start() throws IOException {
        daemon = new FakeDaemon();
    }

    @AfterEach
    void stop() throws IOException {
        daemon.close();
    }

    @Test
    void psPrintsAnAlignedTable() {
        daemon.json("GET /v1/containers?all=true", CONTAINERS);
        Run run = Run.of(daemon, "ps", "-a");
        String days = Times.since("2020-01-01T00:00:00Z");
        assertEquals(0, run.code(), run.err());
        String second = "exited (3) out of memory " + days + " ago";
        String gap = " ".repeat(second.length());
        assertEquals("CONTAINER      IMAGE     STATE" + gap.substring(5) + "   RESTARTS   PORTS                     ID\n"
                + "hello/web      busybox   running " + days + gap.substring(8 + days.length()) + "   2          127.0.0.1:18080->80/tcp   0123456789ab\n"
                + "hello/client   busybox   " + second + "   0                                    f123456789ab\n", run.out());
    }

    @Test
    void jsonIsOneArrayAsTheDaemonSentIt() {
        daemon.json("GET /v1/containers?all=false", CONTAINERS).json("GET /v1/info", "{\"version\":\"1\"}").json("POST /v1/pods/a/start", "{\"sequence\":4}");
        assertEquals(CONTAINERS + "\n", Run.of(daemon, "ps", "-o", "json").out());
        assertEquals("[{\"version\":\"1\"}]\n", Run.of(daemon, "-ojson", "info").out());
        assertEquals("[{\"sequence\":4}]\n", Run.of(daemon, "start", "a", "--output=json").out());
    }

    @Test
    void colourIsForTerminalsAndNoColorIsRespected() {
        daemon.json("GET /v1/containers?all=false", CONTAINERS);
        Map<String, String> variables = Map.of("STOWBOOK_HOST", "unix://" + daemon.socket);
        assertTrue(Run.with(InputStream.nullInputStream(), variables, true, "ps").out().contains("\u001b[32mrunning"));
        assertFalse(Run.with(InputStream.nullInputStream(), variables, false, "ps").out().contains("\u001b"));
        Map<String, String> without = Map.of("STOWBOOK_HOST", "unix://" + daemon.socket, "NO_COLOR", "1");
        assertFalse(Run.with(InputStream.nullInputStream(), without, true, "ps").out().contains("\u001b"));
    }

    @Test
    void whatTheDaemonSaysCannotMoveTheCursor() {
        daemon.json("GET /v1/containers?all=false", "[{\"ref\":\"a\\u001b[2J\",\"state\":\"running\"}]");
        daemon.error("POST /v1/pods/x/start", 409, "CONFLICT", "bad \\u001b[2J name");
        assertFalse(Run.of(daemon, "ps").out().contains("\u001b"));
        assertFalse(Run.of(daemon, "start", "x").err().contains("\u001b"));
    }

    @Test
    void pastStatesAreAskedForBySequenceTimeOrAge() {
        Run.of(daemon, "ps", "--at", "17");
        assertEquals("/v1/containers?all=false&at=17", daemon.last().target());
        Run.of(daemon, "pods", "--at", "2026-11-21T06:00:00Z");
        assertEquals("/v1/pods?at=2026-11-21T06%3A00%3A00Z", daemon.last().target());
        Run.of(daemon, "ps", "--at", "10m");
        assertTrue(daemon.last().target().matches("/v1/containers\\?all=false&at=20\\d\\d-.*Z"), daemon.last().target());
        assertEquals(2, Run.of(daemon, "ps", "--at", "xm").code());
    }

    @Test
    void applySendsTheFileAndItsName(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("pod.yaml"), "kind: Pod\n");
        daemon.json("POST /v1/pods", "{\"sequence\":9,\"pods\":[{\"id\":\"" + ID + "\",\"name\":\"hello\",\"action\":\"created\"}]}");
        Run run = Run.of(daemon, "apply", "-f", file.toString());
        assertEquals("hello created\n", run.out());
        assertEquals("kind: Pod\n", daemon.last().text());
        assertEquals(file.toString(), daemon.last().headers().get("X-Manifest-Name"));
        assertEquals("application/yaml", daemon.last().headers().get("content-type"));
        assertEquals(0, Run.typing(daemon, "a: b", "apply", "-f", "-").code());
        assertEquals("a: b", daemon.last().text());
        assertEquals(1, Run.of(daemon, "apply", "-f", directory.resolve("none").toString()).code());
    }

    @Test
    void manifestErrorsAreLinesWithPlaces() {
        daemon.answer("POST /v1/pods", (request, in, out) -> FakeDaemon.respond(out, 400, """
                {"error":{"code":"INVALID","message":"the manifest has 1 error; nothing was applied","details":[\
                {"file":"x.yaml","line":3,"column":5,"path":"spec.containers[0].imgae","message":"is no field of this object; did you mean 'image'?"}]}}"""));
        Run run = Run.typing(daemon, "a", "apply", "-f", "-");
        assertEquals(1, run.code());
        assertEquals("x.yaml:3:5: spec.containers[0].imgae: is no field of this object; did you mean 'image'?\n"
                + "stowbook: the manifest has 1 error; nothing was applied\n", run.err());
        assertEquals("", run.out());
    }

    @Test
    void theExitCodeTellsWhatWentWrong() {
        daemon.error("POST /v1/pods/a/start", 409, "CONFLICT", "it runs").error("POST /v1/pods/b/start", 409, "AMBIGUOUS", "two of them")
                .error("POST /v1/pods/c/start", 500, "INTERNAL", "a fault");
        assertEquals(4, Run.of(daemon, "start", "a").code());
        assertEquals(4, Run.of(daemon, "start", "b").code());
        assertEquals(1, Run.of(daemon, "start", "c").code());
        assertEquals(3, Run.of(daemon, "start", "none").code());
        assertEquals(4, Run.of(daemon, "start", "a", "none").code());
        Run unreachable = Run.of(daemon, "-H", "unix:///nowhere/api.sock", "ps");
        assertEquals(5, unreachable.code());
        assertTrue(unreachable.err().contains("start one with 'stowbook daemon'"), unreachable.err());
        for (String[] wrong : List.of(new String[] {"nothing"}, new String[] {"ps", "-x"}, new String[] {"ps", "--nope"}, new String[] {"stop"}, new String[] {"ps", "a"},
                new String[] {"logs", "a", "-n"}, new String[] {"logs", "a", "-n", "x"}, new String[] {"image"}, new String[] {"image", "push"},
                new String[] {"ps", "-o", "xml"}, new String[] {"-H", "tcp://a", "ps"}, new String[] {"ps", "--all=x"}, new String[] {"why", "--type", "thing", "a"},
                new String[] {"logs", "a", "--stream=both"}, new String[] {"image", "save", "a", "--format", "zip"}, new String[] {"completion", "ksh"},
                new String[] {"apply"}, new String[] {"delete"}, new String[] {"delete", "a", "-f", "b"}, new String[] {"help", "nothing"})) {
            Run run = Run.of(daemon, wrong);
            assertEquals(2, run.code(), String.join(" ", wrong) + ": " + run.err());
            assertTrue(run.err().startsWith("stowbook: ") && run.err().matches("(?s).*[.?]\n") && run.err().lines().count() == 1, run.err());
        }
    }

    @Test
    void severalNamesAreAllTriedAndTheFirstFailureCounts() {
        daemon.json("POST /v1/pods/a/stop?grace=2", "{}").json("POST /v1/pods/c/stop?grace=2", "{}");
        Run run = Run.of(daemon, "stop", "--grace", "2", "a", "b", "c");
        assertEquals("a stopped\nc stopped\n", run.out());
        assertEquals(3, run.code());
    }

    @Test
    void containersAreFoundByTheirSlashOrWhenNoPodHasTheName() {
        daemon.json("POST /v1/containers/hello%2Fweb/kill?signal=HUP", "{}").json("POST /v1/containers/abc/stop", "{}");
        assertEquals(0, Run.of(daemon, "kill", "-s", "sighup", "hello/web").code());
        assertEquals(0, Run.of(daemon, "stop", "abc").code());
        Run missing = Run.of(daemon, "stop", "none");
        assertTrue(missing.err().contains("/v1/pods/none/stop"), missing.err());
    }

    @Test
    void deleteStopsFirstAndRmDoesNot() {
        daemon.json("DELETE /v1/pods/a?force=true&grace=3", "{}").json("DELETE /v1/pods/a?force=true&grace=0", "{}").json("DELETE /v1/pods/a?force=false", "{}")
                .json("DELETE /v1/pods?force=true", "{\"pods\":[{\"name\":\"a\",\"action\":\"absent\"}]}");
        assertEquals("a removed\n", Run.of(daemon, "delete", "a", "--grace=3").out());
        assertEquals(0, Run.of(daemon, "delete", "a", "--force").code());
        assertEquals(0, Run.of(daemon, "rm", "a").code());
        assertEquals("a absent\n", Run.typing(daemon, "x", "delete", "-f", "-").out());
    }

    @Test
    void waitReturnsTheProcessesCode() {
        daemon.json("POST /v1/containers/a/wait", "{\"sequence\":1,\"exitCode\":137,\"signal\":9}");
        Run run = Run.of(daemon, "wait", "a");
        assertEquals(137, run.code());
        assertEquals("137\n", run.out());
    }

    @Test
    void logsAreCopiedByteForByte() {
        daemon.answer("GET /v1/containers/a/logs?follow=true&tail=5&timestamps=true", (request, in, out) -> {
            out.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\na\nb\r\n4\r\n\u00e4\u00f6\r\n0\r\nTrailer: x\r\n\r\n"
                    .getBytes(StandardCharsets.UTF_8));
        });
        assertEquals("a\nb\u00e4\u00f6", Run.of(daemon, "logs", "-ft", "--tail", "5", "a").out());
    }

    @Test
    void anAnswerCutOffIsAFailure() {
        daemon.answer("GET /v1/containers/a/logs", (request, in, out) ->
                out.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab".getBytes(StandardCharsets.US_ASCII)));
        Run run = Run.of(daemon, "logs", "a");
        assertEquals(1, run.code());
        assertEquals("ab", run.out());
        assertTrue(run.err().contains("closed in the middle"), run.err());
    }

    @Test
    void inspectTriesEachKindAndPrintsOneArray() {
        daemon.json("GET /v1/images/busybox", "{\"id\":\"sha256:1\",\"layers\":[]}").json("GET /v1/containers/a%2Fb", "{\"id\":1.50}");
        assertEquals("[\n  {\n    \"id\" : \"sha256:1\",\n    \"layers\" : [ ]\n  },\n  {\n    \"id\" : 1.5\n  }\n]\n", Run.of(daemon, "inspect", "busybox", "a/b").out());
        Run run = Run.of(daemon, "inspect", "none", "-ojson");
        assertEquals(3, run.code());
        assertEquals("[]\n", run.out());
    }

    @Test
    void whyIsATableNewestFirst() {
        daemon.json("GET /v1/why/a", """
                {"subject":"x","chain":[{"sequence":12,"time":"2026-11-21T06:00:01.5Z","type":"dev.stowbook.ProcessExited.v1","summary":"exited with 3",\
                "actor":"keeper","cause":"ReportExit"},{"sequence":3,"time":"2026-11-21T06:00:00Z","type":"PodCreated","summary":"created","actor":"user cli uid 0 pid 7"}]}""");
        assertEquals("""
                SEQUENCE   TIME           WHAT            SUMMARY         BY
                12         06:00:01.500   ProcessExited   exited with 3   keeper (ReportExit)
                3          06:00:00.000   PodCreated      created         user cli uid 0 pid 7
                """, Run.of(daemon, "why", "a").out());
    }

    @Test
    void verifyFailsOnADamagedBook() {
        daemon.json("POST /v1/verify", "{\"ok\":true,\"entries\":2,\"events\":3,\"headSequence\":3,\"headHash\":\"ab\"}");
        assertEquals("The book is whole: 2 entries with 3 events, up to sequence 3, hash ab.\n", Run.of(daemon, "verify").out());
        daemon.json("POST /v1/verify", "{\"ok\":false,\"problem\":\"entry 2 has a wrong checksum\"}");
        Run run = Run.of(daemon, "verify");
        assertEquals(1, run.code());
        assertEquals("stowbook: the book is damaged: entry 2 has a wrong checksum\n", run.err());
    }

    @Test
    void traceShowsRequestsAndAnswersAndDoesNotTouchTheOutput() {
        daemon.json("GET /v1/networks", "[]");
        Run run = Run.of(daemon, "--trace-http", "network", "ls", "-o", "json");
        assertEquals("[]\n", run.out());
        assertTrue(run.err().contains("> GET /v1/networks\n< 200\n< content-length: 2\n"), run.err());
    }

    @Test
    void versionNeedsNoDaemon() {
        assertEquals(0, Run.of(daemon, "-H", "unix:///nowhere", "version").code());
        daemon.json("GET /v1/info", "{\"version\":\"9.9\"}");
        assertTrue(Run.of(daemon, "version").out().contains("daemon 9.9"));
    }
}

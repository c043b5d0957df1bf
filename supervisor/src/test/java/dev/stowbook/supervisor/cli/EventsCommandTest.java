package dev.stowbook.supervisor.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class EventsCommandTest {
    private static String event(int sequence, String data) {
        return "{\"specversion\":\"1.0\",\"type\":\"dev.stowbook.ProcessExited.v1\",\"time\":\"2026-11-21T06:00:01.25Z\",\"subject\":\"" + "ab".repeat(32)
                + "\",\"sequence\":" + sequence + ",\"data\":" + data + "}";
    }

    private static FakeDaemon.Answer lines(String... lines) {
        return (request, in, out) -> out.write(("HTTP/1.1 200 OK\r\n\r\n" + String.join("\n", lines)).getBytes(UTF_8));
    }

    @Test
    void eventsAreReadFromTheBeginningAndPrintedOneALine() throws IOException {
        try (FakeDaemon daemon = new FakeDaemon()) {
            daemon.answer("GET /v1/events?from=1", lines(event(1, "{\"exit\":{\"code\":3,\"kind\":\"EXITED\",\"message\":\"\"},\"pod\":\"x\",\"steps\":[{}],\"args\":[\"a b\"],\"why\":\"a b\"}"),
                    "{\"heartbeat\":2}", ""));
            assertEquals("     1  06:00:01.250  ProcessExited           abababababab  exit.code=3 exit.kind=EXITED args=[a b] why=\"a b\"\n",
                    Run.of(daemon, "events").out());
            assertEquals(event(1, "{\"exit\":{\"code\":3,\"kind\":\"EXITED\",\"message\":\"\"},\"pod\":\"x\",\"steps\":[{}],\"args\":[\"a b\"],\"why\":\"a b\"}") + "\n",
                    Run.of(daemon, "events", "-o", "json").out());
        }
    }

    @Test
    void followingResumesAfterALostConnectionWithoutGapOrRepetition() throws IOException {
        try (FakeDaemon daemon = new FakeDaemon()) {
            // The first connection breaks in the middle of event 6; the third, after a heartbeat that moved the cursor, is refused.
            daemon.answer("GET /v1/events?from=5&follow=true", lines(event(5, "{}"), event(6, "{}").substring(0, 40)));
            daemon.answer("GET /v1/events?from=6&follow=true", lines(event(6, "{}"), "{\"heartbeat\":8}", ""));
            daemon.error("GET /v1/events?from=9&follow=true", 410, "GONE", "no longer kept");
            Run run = Run.of(daemon, "events", "-f", "--from", "5", "-o", "json");
            assertEquals(event(5, "{}") + "\n" + event(6, "{}") + "\n", run.out());
            assertEquals(1, run.code());
            assertTrue(run.err().contains("no longer kept"), run.err());
        }
    }

    @Test
    void followingWithoutABeginningStartsNow() throws IOException {
        try (FakeDaemon daemon = new FakeDaemon()) {
            daemon.json("GET /v1/info", "{\"sequence\":41}");
            Run.of(daemon, "events", "-f");
            assertEquals("/v1/events?from=42&follow=true", daemon.last().target());
        }
    }
}

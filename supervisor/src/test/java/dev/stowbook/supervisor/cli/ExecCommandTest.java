package dev.stowbook.supervisor.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.junit.jupiter.api.Test;

class ExecCommandTest {
    private static void frame(DataOutputStream out, int type, byte[] payload) throws IOException {
        out.writeByte(type);
        out.writeInt(payload.length);
        out.write(payload);
    }

    /** Echoes standard input to both streams and exits with a code. */
    private static void echo(FakeDaemon.Request request, InputStream in, OutputStream raw) throws IOException {
        raw.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: stowbook-stream\r\n\r\n".getBytes(UTF_8));
        DataInputStream frames = new DataInputStream(in);
        DataOutputStream out = new DataOutputStream(raw);
        for (int type = frames.readUnsignedByte(); type != 3; type = frames.readUnsignedByte()) {
            byte[] payload = frames.readNBytes(frames.readInt());
            frame(out, 1, payload);
            frame(out, 2, "and on the other".getBytes(UTF_8));
        }
        frame(out, 99, new byte[3]);
        frame(out, 5, new byte[] {0, 0, 0, 42});
    }

    @Test
    void inputOutputAndExitCodeTravelInFrames() throws IOException {
        try (FakeDaemon daemon = new FakeDaemon()) {
            daemon.answer("POST /v1/containers/hello%2Fweb/exec", (request, in, out) -> FakeDaemon.respond(out, 201, "{\"sequence\":3,\"id\":\"e1\"}"));
            daemon.answer("GET /v1/execs/e1/attach", ExecCommandTest::echo);
            String input = "x".repeat(100_000);
            Run run = Run.typing(daemon, input, "exec", "-i", "-e", "A=1", "-e", "B=2", "-w", "/tmp", "-u", "1:2", "hello/web", "--", "sh", "-c", "-t");
            assertEquals(42, run.code(), run.err());
            assertEquals(input, run.out());
            assertTrue(run.err().startsWith("and on the other"), run.err());
            assertEquals("{\"command\":[\"sh\",\"-c\",\"-t\"],\"tty\":false,\"stdin\":true,\"attach\":true,\"env\":[\"A=1\",\"B=2\"],\"workingDir\":\"/tmp\",\"user\":\"1:2\"}",
                    daemon.requests.get(0).text());
            assertEquals("stowbook-stream", daemon.requests.get(1).headers().get("Upgrade"));
        }
    }

    @Test
    void aProgramThatCouldNotBeAttachedIsAFailureWithTheDaemonsSentence() throws IOException {
        try (FakeDaemon daemon = new FakeDaemon()) {
            daemon.json("POST /v1/containers/a/exec", "{\"id\":\"e2\"}");
            daemon.answer("GET /v1/execs/e2/attach", (request, in, out) -> {
                out.write("HTTP/1.1 101 X\r\n\r\n".getBytes(UTF_8));
                frame(new DataOutputStream(out), 6, "there is no program 'nope'".getBytes(UTF_8));
            });
            Run run = Run.of(daemon, "exec", "a", "nope");
            assertEquals(1, run.code());
            assertEquals("stowbook: there is no program 'nope'\n", run.err());
            daemon.json("GET /v1/execs/e2", "{\"id\":\"e2\",\"running\":false,\"exitCode\":127}");
            assertEquals(127, Run.of(daemon, "exec", "a", "nope").code());
            daemon.error("GET /v1/execs/e2/attach", 409, "CONFLICT", "exec e2: the process has ended");
            Run refused = Run.of(daemon, "exec", "a", "nope");
            assertEquals(127, refused.code());
            assertTrue(refused.err().contains("exec e2: the process has ended"), refused.err());
            assertEquals(3, Run.of(daemon, "exec", "gone", "true").code());
        }
    }

    @Test
    void aLostConnectionIsNotAnExitCode() throws IOException {
        try (FakeDaemon daemon = new FakeDaemon()) {
            daemon.json("POST /v1/containers/a/exec", "{\"id\":\"e3\"}");
            daemon.answer("GET /v1/execs/e3/attach", (request, in, out) -> out.write("HTTP/1.1 101 X\r\n\r\n\1\0\0\0\5ab".getBytes(UTF_8)));
            Run run = Run.of(daemon, "exec", "a", "true");
            assertEquals(1, run.code());
            assertTrue(run.err().contains("may still run"), run.err());
        }
    }
}

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

class AttachCommandTest {
    private static void frame(OutputStream out, int type, byte[] payload) throws IOException {
        DataOutputStream data = new DataOutputStream(out);
        data.writeByte(type);
        data.writeInt(payload.length);
        data.write(payload);
    }

    private static void upgrade(OutputStream out) throws IOException {
        out.write("HTTP/1.1 101 X\r\n\r\n".getBytes(UTF_8));
    }

    private static void about(FakeDaemon daemon, boolean stdin) {
        daemon.json("GET /v1/containers/web%2Fmain", "{\"id\":\"c1\",\"tty\":false,\"stdin\":" + stdin + "}");
    }

    @Test
    void inputAndItsEndAreToldAndWhatWasPassedOverIsSaid() throws IOException {
        try (FakeDaemon daemon = new FakeDaemon()) {
            about(daemon, true);
            StringBuilder types = new StringBuilder();
            daemon.answer("GET /v1/containers/web%2Fmain/attach?stdin=true&logs=5", (request, in, out) -> {
                upgrade(out);
                DataInputStream frames = new DataInputStream(in);
                int type;
                do {
                    type = frames.readUnsignedByte();
                    frame(out, 1, frames.readNBytes(frames.readInt()));
                    types.append(type);
                } while (type != 3);
                frame(out, 7, new byte[] {0, 0, 0, 0, 0, 0, 1, 1});
                frame(out, 5, new byte[] {0, 0, 0, 9});
            });
            Run run = Run.typing(daemon, "hello", "attach", "--logs", "5", "web/main");
            assertEquals(9, run.code(), run.err());
            assertEquals("hello", run.out());
            assertEquals("03", types.toString());
            assertEquals("stowbook: 257 bytes of output were passed over, as they were not read in time; 'stowbook logs' has them.\n", run.err());
        }
    }

    @Test
    void inputIsNotAskedForWhereItIsNotOpenOrNotWanted() throws IOException {
        try (FakeDaemon daemon = new FakeDaemon()) {
            about(daemon, false);
            daemon.answer("GET /v1/containers/web%2Fmain/attach", (request, in, out) -> {
                upgrade(out);
                frame(out, 1, "out".getBytes(UTF_8));
                frame(out, 5, new byte[4]);
            });
            assertEquals("out", Run.typing(daemon, "unheard", "attach", "web/main").out());
            about(daemon, true);
            assertEquals("out", Run.typing(daemon, "unheard", "attach", "--no-stdin", "web/main").out());
        }
    }

    @Test
    void whyItCannotBeAttachedToIsTheDaemonsSentence() throws IOException {
        try (FakeDaemon daemon = new FakeDaemon()) {
            about(daemon, false);
            daemon.answer("GET /v1/containers/web%2Fmain/attach", AttachCommandTest::refuse);
            Run run = Run.of(daemon, "attach", "web/main");
            assertEquals(1, run.code());
            assertEquals("stowbook: web/main: its standard input has ended.\n", run.err());
            assertEquals(3, Run.of(daemon, "attach", "nobody").code());
            assertEquals(2, Run.of(daemon, "attach", "--detach-keys", "esc", "web/main").code());
            Run json = Run.of(daemon, "attach", "-o", "json", "web/main");
            assertEquals(2, json.code());
            assertTrue(json.err().contains("no -o json"), json.err());
        }
    }

    private static void refuse(FakeDaemon.Request request, InputStream in, OutputStream out) throws IOException {
        upgrade(out);
        frame(out, 6, "its standard input has ended".getBytes(UTF_8));
    }
}

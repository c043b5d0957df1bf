package dev.stowbook.supervisor.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.supervisor.model.ExecId;
import java.io.DataInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ExecRoutesTest {
    @TempDir
    private Path directory;

    private Api api;

    @BeforeEach
    void open() throws Exception {
        api = new Api(directory);
        api.image("box");
        api.runs("web", "");
    }

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    private ExecId exec() throws Exception {
        UnixHttp.Response started = api.http.post(
                "/v1/containers/web/exec",
                "{\"command\":[\"/bin/sh\",\"-c\",\"true\"],\"tty\":true,\"stdin\":true,\"attach\":true,\"env\":[\"A=b\"],\"workingDir\":\"/tmp\",\"user\":\"7\"}");
        assertEquals(201, started.status(), started.text());
        return ExecId.parse(started.json().path("id").asText());
    }

    private UnixHttp.Stream attach(ExecId id) throws Exception {
        UnixHttp.Stream stream = api.http.open(
                "/v1/execs/" + id + "/attach", "Connection: Upgrade", "Upgrade: stowbook-stream");
        assertEquals(101, stream.status);
        assertEquals("stowbook-stream", stream.headers.get("Upgrade"));
        return stream;
    }

    private static AttachFrame frame(UnixHttp.Stream stream) throws Exception {
        DataInputStream in = new DataInputStream(stream.in);
        int type = in.readUnsignedByte();
        byte[] payload = new byte[in.readInt()];
        in.readFully(payload);
        return new AttachFrame(type, payload);
    }

    private static byte[] bytes(int type, byte... payload) {
        return new AttachFrame(type, payload).encoded().getBytes();
    }

    @Test
    void aProcessIsStartedShownAndEnds() throws Exception {
        ExecId id = exec();
        var process = api.loop.durableState().execs().get(id).process();
        assertEquals("/tmp", process.workingDir());
        assertEquals("7", process.user());
        assertTrue(process.env().contains("A=b"));
        JsonNode shown = api.http.get("/v1/execs/" + id).json();
        assertTrue(shown.path("running").asBoolean());
        assertTrue(shown.path("pid").asInt() > 0);
        assertEquals(api.container("web").id().value(), shown.path("containerId").asText());
        assertEquals(3, shown.path("command").size());
        api.host.execExits(id, 5);
        Api.await(() -> api.http.get("/v1/execs/" + id).json().path("exitCode").asInt() == 5);
        assertFalse(api.http.get("/v1/execs/" + id).json().path("running").asBoolean());
    }

    @Test
    void aProgramThatIsMissingIsToldWithTheExitCodeOfAShell() throws Exception {
        UnixHttp.Response refused =
                api.http.post("/v1/containers/web/exec", "{\"command\":[\"" + FakeHost.MISSING + "\"]}");
        assertEquals(400, refused.status());
        assertEquals(127, refused.json().at("/error/exitCode").asInt());
        assertTrue(refused.json().at("/error/message").asText().contains("there is no such program"), refused.text());
    }

    @Test
    void inputOutputSizeAndExitGoThroughAnAttachedStream() throws Exception {
        ExecId id = exec();
        try (UnixHttp.Stream stream = attach(id)) {
            FakeProcesses.Attached process = api.processes.attached.take();
            stream.write(bytes(AttachFrame.RESIZE, (byte) 0, (byte) 50, (byte) 1, (byte) 4));
            stream.write(bytes(AttachFrame.STDIN, "hello".getBytes()));
            byte[] second = bytes(AttachFrame.STDIN, " world".getBytes());
            stream.write(java.util.Arrays.copyOf(second, 4));
            Thread.sleep(50);
            stream.write(java.util.Arrays.copyOfRange(second, 4, second.length));
            stream.write(bytes(AttachFrame.END_OF_STDIN));
            assertEquals("resize 50x260", process.happened.take());
            assertEquals("end", process.happened.take());
            assertEquals("hello world", process.input.toString(StandardCharsets.UTF_8));
            process.reader.output(1, "out".getBytes());
            process.reader.output(2, "err".getBytes());
            AttachFrame out = frame(stream);
            assertEquals(AttachFrame.STDOUT, out.type());
            assertArrayEquals("out".getBytes(), out.payload());
            assertEquals(AttachFrame.STDERR, frame(stream).type());
            process.reader.exited(3);
            Thread.sleep(100);
            assertEquals(0, stream.in.available(), "the exit is told when the book has it");
            api.host.execExits(id, 3);
            AttachFrame exit = frame(stream);
            assertEquals(AttachFrame.EXIT, exit.type());
            assertArrayEquals(new byte[] {0, 0, 0, 3}, exit.payload());
            assertEquals(-1, stream.in.read());
            assertEquals("close", process.happened.take());
        }
    }

    @Test
    void attachingToWhatHasEndedTellsItsExit() throws Exception {
        ExecId id = exec();
        api.host.execExits(id, 9);
        Api.await(() -> api.loop.durableState().execs().get(id).exit().isPresent());
        try (UnixHttp.Stream stream = attach(id)) {
            assertArrayEquals(new byte[] {0, 0, 0, 9}, frame(stream).payload());
        }
        assertTrue(api.processes.attached.isEmpty());
    }

    @Test
    void aSlowClientMakesTheProcessWaitAndLosesNothing() throws Exception {
        ExecId id = exec();
        try (UnixHttp.Stream stream = attach(id)) {
            FakeProcesses.Attached process = api.processes.attached.take();
            byte[] chunk = new byte[16 << 10];
            int chunks = 0;
            // A full socket makes it wait for as long as nobody reads; a server that was late does so for a moment only.
            for (int waits = 0; waits < 20; Thread.sleep(5)) {
                if (process.paused) {
                    waits++;
                } else {
                    waits = 0;
                    process.reader.output(1, chunk);
                    chunks++;
                    assertTrue(chunks < 10_000, "the process was never made to wait");
                }
            }
            long received = 0;
            while (received < (long) chunks * chunk.length) {
                received += frame(stream).payload().length;
            }
            Api.await(() -> !process.paused);
            process.reader.output(1, "more".getBytes());
            assertArrayEquals("more".getBytes(), frame(stream).payload());
        }
    }

    @Test
    void aProcessThatDoesNotReadMakesTheClientWait() throws Exception {
        api.processes.slow = true;
        ExecId id = exec();
        try (UnixHttp.Stream stream = attach(id)) {
            FakeProcesses.Attached process = api.processes.attached.take();
            stream.channel.configureBlocking(false);
            byte[] frame = bytes(AttachFrame.STDIN, new byte[32 << 10]);
            long written = 0;
            int stalled = 0;
            while ((stalled < 50 || process.inputBytes() == 0) && written < 64 << 20) {
                java.nio.ByteBuffer buffer = java.nio.ByteBuffer.wrap(frame, (int) (written % frame.length), frame.length - (int) (written % frame.length));
                int count = stream.channel.write(buffer);
                written += count;
                stalled = count == 0 ? stalled + 1 : 0;
                if (count == 0) {
                    Thread.sleep(5);
                }
            }
            assertTrue(written < 8 << 20, written + " bytes went into a process that reads nothing");
            assertEquals(32 << 10, process.inputBytes());
            process.untaken.take().complete(null);
            Api.await(() -> process.inputBytes() == 64 << 10);
        }
    }

    @Test
    void nonsenseOnTheStreamEndsItWithASentence() throws Exception {
        for (byte[] nonsense : new byte[][] {
            {0, 127, 0, 0, 0}, bytes(AttachFrame.EXIT, (byte) 1), bytes(AttachFrame.RESIZE, (byte) 1)
        }) {
            try (UnixHttp.Stream stream = attach(exec())) {
                FakeProcesses.Attached process = api.processes.attached.take();
                stream.write(nonsense);
                AttachFrame error = frame(stream);
                assertEquals(AttachFrame.ERROR, error.type());
                assertTrue(new String(error.payload(), StandardCharsets.UTF_8).contains("frame"));
                assertEquals("close", process.happened.take());
            }
        }
    }

    @Test
    void aClientThatGoesAwayLetsGoOfTheProcess() throws Exception {
        FakeProcesses.Attached process;
        try (UnixHttp.Stream stream = attach(exec())) {
            process = api.processes.attached.take();
        }
        assertEquals("close", process.happened.take());
        Api.await(() -> api.server.followers() == 0);
    }

    @Test
    void attachWithoutUpgradeIsRefused() throws Exception {
        UnixHttp.Response refused = api.http.get("/v1/execs/" + exec() + "/attach");
        assertEquals(400, refused.status());
        assertTrue(refused.json().at("/error/message").asText().contains("Upgrade: stowbook-stream"));
        assertEquals(400, api.http.get("/v1/execs/" + exec() + "/attach", "Upgrade: stowbook-stream").status());
        assertTrue(api.processes.attached.isEmpty());
    }
}

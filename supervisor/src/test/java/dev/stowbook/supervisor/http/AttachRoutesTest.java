package dev.stowbook.supervisor.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.http.logs.LogEnd;
import dev.stowbook.supervisor.state.Container;
import java.io.DataInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients of a container's own process; what they share with those of an exec is in ExecRoutesTest. */
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AttachRoutesTest {
    private static final String LINE = "2026-11-21T06:00:00.123456789Z stdout ";

    @TempDir
    private Path directory;

    private Api api;
    private Container container;

    @BeforeEach
    void open() throws Exception {
        api = new Api(directory);
        api.image("box");
        container = api.runs("web", "stdin: true");
    }

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    private UnixHttp.Stream attach(String query) throws Exception {
        UnixHttp.Stream stream = api.http.open("/v1/containers/web/attach" + query, "Connection: Upgrade", "Upgrade: stowbook-stream");
        assertEquals(101, stream.status);
        return stream;
    }

    private static AttachFrame frame(UnixHttp.Stream stream) throws Exception {
        DataInputStream in = new DataInputStream(stream.in);
        int type = in.readUnsignedByte();
        byte[] payload = new byte[in.readInt()];
        in.readFully(payload);
        return new AttachFrame(type, payload);
    }

    private static String text(AttachFrame frame) {
        return frame.type() + " " + new String(frame.payload(), StandardCharsets.UTF_8);
    }

    @Test
    void streamsOfAContainerGoBothWaysAndItsExitIsTheLastFrame() throws Exception {
        try (UnixHttp.Stream stream = attach("?stdin=true")) {
            FakeProcesses.Attached process = api.processes.attached.take();
            assertTrue(process.takesInput);
            stream.write(new AttachFrame(AttachFrame.STDIN, "hello".getBytes()).encoded().getBytes());
            stream.write(new AttachFrame(AttachFrame.RESIZE, new byte[] {0, 50, 1, 4}).encoded().getBytes());
            assertEquals("resize 50x260", process.happened.take());
            assertEquals("hello", process.input.toString(StandardCharsets.UTF_8));
            process.reader.output(2, "err".getBytes());
            process.reader.passedOver(70_000);
            assertEquals("2 err", text(frame(stream)));
            AttachFrame passedOver = frame(stream);
            assertEquals(AttachFrame.PASSED_OVER, passedOver.type());
            assertEquals(70_000, ByteBuffer.wrap(passedOver.payload()).getLong());
            process.reader.exited(3);
            Thread.sleep(100);
            assertEquals(0, stream.in.available(), "the exit is told when the book has it");
            api.host.exits(container.id(), FakeHost.exited(3));
            assertArrayEquals(new byte[] {0, 0, 0, 3}, frame(stream).payload());
            assertEquals(-1, stream.in.read());
        }
    }

    @Test
    void theExitOfAContainerThatWasStartedAgainIsTheKeepersWord() throws Exception {
        api.http.delete("/v1/pods/web?force=true");
        UnixHttp.Response applied = api.http.post("/v1/pods", Api.pod("web", "").replace("Never", "Always"));
        assertEquals(200, applied.status(), applied.text());
        Api.await(() -> api.container("web").running().isPresent());
        try (UnixHttp.Stream stream = attach("")) {
            FakeProcesses.Attached process = api.processes.attached.take();
            assertFalse(process.takesInput);
            api.host.exits(api.container("web").id(), FakeHost.exited(6));
            Api.await(() -> api.container("web").attempt() == 2);
            process.reader.exited(6);
            assertArrayEquals(new byte[] {0, 0, 0, 6}, frame(stream).payload());
        }
    }

    @Test
    void theLogsLastLinesComeFirstAndNothingComesTwice() throws Exception {
        Path log = api.newestLog(container.id());
        Files.createDirectories(log.getParent());
        Files.writeString(log.resolveSibling("log.1"), LINE + "F one\n" + LINE + "F two\n");
        Files.writeString(log, LINE + "F three\n" + LINE.replace("stdout", "stderr") + "F oops\n" + LINE + "P prompt> ");
        Files.writeString(log, "\n", StandardOpenOption.APPEND);
        LogEnd end = new LogEnd((Long) Files.getAttribute(log, "unix:ino"), Files.size(log));
        api.processes.logEnd = Optional.of(end);
        Files.writeString(log, LINE + "F live\n", StandardOpenOption.APPEND);
        Files.move(log, log.resolveSibling("log.2"));
        Files.move(log.resolveSibling("log.1"), log.resolveSibling("log.3"));
        Files.move(log.resolveSibling("log.2"), log.resolveSibling("log.1"));
        Files.move(log.resolveSibling("log.3"), log.resolveSibling("log.2"));
        Files.writeString(log, LINE + "F live, too\n");
        try (UnixHttp.Stream stream = attach("?logs=4")) {
            FakeProcesses.Attached process = api.processes.attached.take();
            process.reader.output(1, "live\nlive, too\n".getBytes());
            assertEquals("1 two\n", text(frame(stream)));
            assertEquals("1 three\n", text(frame(stream)));
            assertEquals("2 oops\n", text(frame(stream)));
            assertEquals("1 prompt> ", text(frame(stream)));
            assertEquals("1 live\nlive, too\n", text(frame(stream)));
            Api.await(() -> !process.paused);
        }
    }

    @Test
    void aLogWhosePlaceIsGoneIsPassedOver() throws Exception {
        Path log = api.newestLog(container.id());
        Files.createDirectories(log.getParent());
        Files.writeString(log, LINE + "F live\n");
        api.processes.logEnd = Optional.of(new LogEnd(1, 10));
        try (UnixHttp.Stream stream = attach("?logs=4")) {
            FakeProcesses.Attached process = api.processes.attached.take();
            process.reader.output(1, "live\n".getBytes());
            assertEquals("1 live\n", text(frame(stream)));
            process.reader.lost("its keeper is gone");
            assertEquals("6 its keeper is gone", text(frame(stream)));
        }
    }

    @Test
    void whatCannotBeAttachedToIsRefusedWithWhatToDo() throws Exception {
        api.runs("deaf", "");
        String[] upgrade = {"Connection: Upgrade", "Upgrade: stowbook-stream"};
        UnixHttp.Response refused = api.http.send("GET", "/v1/containers/deaf/attach?stdin=true", new byte[0], upgrade);
        assertEquals(409, refused.status());
        assertTrue(refused.json().at("/error/message").asText().contains("add 'stdin: true'"), refused.text());
        assertEquals(400, api.http.get("/v1/containers/web/attach").status());
        api.processes.refusal = Optional.of("its standard input has ended");
        refused = api.http.send("GET", "/v1/containers/web/attach?stdin=true", new byte[0], upgrade);
        assertEquals(409, refused.status());
        assertEquals("container web/main: its standard input has ended", refused.json().at("/error/message").asText());
        api.host.exits(container.id(), FakeHost.exited(1));
        Api.await(() -> api.container("web").running().isEmpty());
        refused = api.http.send("GET", "/v1/containers/web/attach", new byte[0], upgrade);
        assertEquals(409, refused.status());
        assertTrue(refused.json().at("/error/message").asText().contains("stowbook logs web/main"), refused.text());
    }

    @Test
    void nothingIsLostOfWhatIsSaidBeforeTheClientIsAnswered() throws Exception {
        api.processes.late = true;
        CompletableFuture<UnixHttp.Stream> answered = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                answered.complete(attach(""));
            } catch (Exception | AssertionError e) {
                answered.completeExceptionally(e);
            }
        });
        FakeProcesses.Attached process = api.processes.attached.take();
        process.reader.output(1, "early".getBytes());
        process.reader.lost("its keeper is gone");
        api.processes.attaching.take().run();
        try (UnixHttp.Stream stream = answered.get()) {
            assertEquals("1 early", text(frame(stream)));
            assertEquals("6 its keeper is gone", text(frame(stream)));
            assertEquals(-1, stream.in.read());
        }
    }

    @Test
    void aClientThatGoesBeforeItIsAttachedLetsGoOfTheProcess() throws Exception {
        api.processes.late = true;
        Thread client = Thread.ofPlatform().daemon().start(() -> {
            try (UnixHttp.Stream stream = attach("")) {
                stream.in.read();
            } catch (Exception | AssertionError e) {
                // interrupted, which closes its connection
            }
        });
        FakeProcesses.Attached process = api.processes.attached.take();
        client.interrupt();
        client.join();
        api.processes.attaching.take().run();
        assertEquals("close", process.happened.take());
    }

    @Test
    void theSizeOfATerminalIsSetAndOfNothingElse() throws Exception {
        Container terminal = api.runs("terminal", "tty: true");
        assertEquals(200, api.http.post("/v1/containers/terminal/resize?rows=40&columns=132", "").status());
        assertEquals(terminal.id().value() + " 40x132", api.processes.resized.take());
        assertTrue(api.http.post("/v1/containers/web/resize?rows=40&columns=132", "").text().contains("has no terminal"));
        assertTrue(api.http.post("/v1/containers/terminal/resize?rows=0&columns=132", "").text().contains("from 1 to 65535"));
        assertTrue(api.http.post("/v1/containers/terminal/resize?rows=1", "").text().contains("columns is missing"));
        assertTrue(api.processes.resized.isEmpty());
    }
}

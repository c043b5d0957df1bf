package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.RequiresRoot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What a daemon is handed that it cannot use: one sentence comes back, a container goes on beside it, and nothing is left or lost. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputIT {
    private static final String WITNESS = """
            apiVersion: v1
            kind: Pod
            metadata: {name: witness}
            spec:
              restartPolicy: Never
              terminationGracePeriodSeconds: 1
              containers:
                - {name: main, image: busybox, command: [sleep, "1000"]}
            """;

    private Path directory;
    private DaemonProcess daemon;
    private Rest rest;
    private long witness;
    private String before;

    @BeforeAll
    void start(@TempDir Path below) throws Exception {
        directory = below;
        Files.createDirectories(directory.resolve("root/plugins"));
        Files.writeString(directory.resolve("root/plugins/foreign.zip"), "no zip");
        Files.writeString(directory.resolve("config.yaml"), "plugins:\n  foreign.zip: " + "ab".repeat(32) + "\n");
        Path halfAnUpload = Files.writeString(Files.createDirectories(directory.resolve("root/tmp")).resolve("upload-of-a-killed-daemon"), "x");
        daemon = DaemonProcess.start(directory);
        assertFalse(Files.exists(halfAnUpload));
        rest = daemon.rest();
        daemon.importBusybox();
        rest.postYaml("/v1/pods", WITNESS).ok();
        for (int i = 0; i < 6000 && witness == 0; i++) {
            witness = rest.get("/v1/containers/witness").ok().json().path("pid").asLong();
            Thread.sleep(10);
        }
        // What the book says of it is written down once more after a lull.
        Path mounts = daemon.root().resolve("image/overlay/layerdb/mounts").resolve(rest.get("/v1/containers/witness").ok().json().get("id").asText());
        for (int i = 0; i < 6000 && !Stream.of("mount-id", "init-id", "parent").map(mounts::resolve).allMatch(Files::exists); i++) {
            Thread.sleep(10);
        }
    }

    @BeforeEach
    void remember() throws IOException {
        before = picture();
    }

    /** Nothing happened at all: the witness runs, no event came, no file came or went. */
    @AfterEach
    void nothingChanged() throws IOException {
        assertTrue(Files.exists(Path.of("/proc/" + witness)));
        assertEquals(before, picture());
        assertTrue(rest.post("/v1/verify").ok().json().get("ok").asBoolean());
    }

    @AfterAll
    void stop() throws Exception {
        daemon.close();
    }

    private String picture() throws IOException {
        StringBuilder picture = new StringBuilder();
        picture.append(rest.get("/v1/info").ok().json().get("sequence")).append('\n');
        picture.append(rest.get("/v1/images").ok().text()).append(rest.get("/v1/containers?all=true").ok().text()).append('\n');
        for (String part : List.of("image", "overlay", "vfs", "tmp", "containers")) {
            Path root = daemon.root().resolve(part);
            if (Files.exists(root)) {
                try (Stream<Path> files = Files.walk(root, 5)) {
                    files.map(Path::toString).filter(file -> !file.contains("/busybox/")).sorted().forEach(file -> picture.append(file).append('\n'));
                }
            }
        }
        return picture.toString();
    }

    private Command stowbook(String... words) throws IOException, InterruptedException {
        String[] all = Stream.concat(Stream.of("-H", "unix://" + daemon.run().resolve("api.sock")), Arrays.stream(words)).toArray(String[]::new);
        return Command.stowbook(all);
    }

    private static String error(Rest.Answer answer, int status) {
        assertEquals(status, answer.status(), answer.text());
        JsonNode error = answer.json().get("error");
        String message = error.get("message").asText();
        assertFalse(message.isBlank());
        assertFalse(message.contains("Exception"), message);
        return message;
    }

    @Test
    void aPluginWithAnotherDigestIsLeftOutWithAWarning() throws IOException {
        List<String> warnings = daemon.log().lines().filter(line -> line.contains("foreign.zip")).toList();
        assertEquals(1, warnings.size(), daemon.log());
        assertTrue(warnings.getFirst().matches("\\S+Z WARN boot Plugin .*foreign.zip is not loaded: its SHA-256 is .* but the configuration says .*"), warnings.getFirst());
    }

    /** The daemon says in one form what it says, and none of it is an error: what others get wrong is not its fault. */
    @AfterEach
    void logLinesAreOneEachAndOfOneForm() throws IOException {
        for (String line : daemon.log().lines().toList()) {
            assertTrue(line.matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{3})?Z (INFO|WARN) [a-z]+ .+"), line);
        }
        assertFalse(daemon.log().contains("pf4j") || daemon.log().contains("chronicle"), daemon.log());
    }

    @Test
    void aTruncatedLayerIsRefusedByImport() throws Exception {
        byte[] whole = BusyboxTar.bytes();
        Path cut = Files.write(directory.resolve("cut.tar"), Arrays.copyOf(whole, whole.length / 2));
        String sentence = stowbook("image", "import", cut.toString(), "cut").sentence();
        assertTrue(sentence.contains("truncated") || sentence.contains("cut"), sentence);
        Path noise = Files.write(directory.resolve("noise.tar"), noise(100_000));
        assertFalse(stowbook("image", "import", noise.toString(), "noise").sentence().isBlank());
        assertFalse(stowbook("image", "load", noise.toString()).sentence().isBlank());
        assertFalse(stowbook("image", "load", cut.toString()).sentence().isBlank());
        assertTrue(stowbook("image", "load", directory.resolve("absent.tar").toString()).sentence().contains("absent.tar"));
    }

    private static byte[] noise(int length) {
        byte[] noise = new byte[length];
        new Random(7).nextBytes(noise);
        return noise;
    }

    @Test
    void hostileTarsCannotWriteOutsideAndLeaveNothing() throws Exception {
        Path outside = directory.resolve("outside");
        List<byte[]> tars = List.of(
                tar(file("../../../../../../../../../.." + outside, "x")),
                tar(link("way", "/"), file("way" + outside, "x")),
                tar(link("way", directory.toString()), file("way/outside", "x")),
                tar(hard("a", "../../../../../../etc/passwd")),
                tar(hard("a", "/etc/passwd")));
        for (int i = 0; i < tars.size(); i++) {
            Path file = Files.write(directory.resolve("hostile" + i + ".tar"), tars.get(i));
            Command command = stowbook("image", "import", file.toString(), "hostile" + i);
            if (command.exitCode() == 0) {
                rest.delete("/v1/images/hostile" + i).ok();
                before = picture();
            } else {
                assertFalse(command.sentence().isBlank());
            }
            assertFalse(Files.exists(outside), "tar " + i + " wrote outside its layer");
        }
    }

    private interface Member {
        void write(TarArchiveOutputStream tar) throws IOException;
    }

    private static byte[] tar(Member... members) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            for (Member member : members) {
                member.write(tar);
            }
        }
        return bytes.toByteArray();
    }

    private static Member file(String name, String content) {
        return tar -> {
            TarArchiveEntry entry = new TarArchiveEntry(name, true);
            entry.setSize(content.length());
            tar.putArchiveEntry(entry);
            tar.write(content.getBytes(StandardCharsets.UTF_8));
            tar.closeArchiveEntry();
        };
    }

    private static Member link(String name, String target) {
        return special(name, TarConstants.LF_SYMLINK, target);
    }

    private static Member hard(String name, String target) {
        return special(name, TarConstants.LF_LINK, target);
    }

    private static Member special(String name, byte type, String target) {
        return tar -> {
            TarArchiveEntry entry = new TarArchiveEntry(name, type);
            entry.setLinkName(target);
            tar.putArchiveEntry(entry);
            tar.closeArchiveEntry();
        };
    }

    @Test
    void hostileManifestsAreRefusedQuicklyAndByPlace() throws Exception {
        long start = System.nanoTime();
        error(rest.postYaml("/v1/pods", "[".repeat(100_000)), 400);
        error(rest.postYaml("/v1/pods", "a: ".repeat(50_000)), 400);
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 30; i++) {
            bomb.append("a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]%n".formatted(i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1));
        }
        error(rest.postYaml("/v1/pods", bomb.toString()), 400);
        error(rest.postYaml("/v1/pods", "\0\1\2"), 400);
        error(rest.postYaml("/v1/pods", ""), 400);
        error(rest.postYaml("/v1/pods", WITNESS.replace("kind: Pod", "kind: Pot")), 400);
        Path file = Files.writeString(directory.resolve("bad.yaml"), WITNESS.replace("image: busybox", "image: busybox, privileged: true"));
        Command command = stowbook("apply", "-f", file.toString());
        assertEquals(1, command.exitCode());
        assertTrue(command.err().contains("bad.yaml:8:"), command.err());
        assertTrue(Duration.ofNanos(System.nanoTime() - start).toSeconds() < 90);
    }

    @Test
    void aManifestOfTenMebibytesIsRefusedWithoutReadingItAll() throws Exception {
        String message = error(rest.postYaml("/v1/pods", "#" + "x".repeat(10 << 20)), 400);
        assertTrue(message.contains("bytes") || message.contains("MiB"), message);
    }

    @Test
    void requestsThatAreNoneDoNotDisturbOthers() throws Exception {
        try (SocketChannel held = connect()) {
            held.write(ByteBuffer.wrap("POST /v1/pods HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nkind".getBytes(StandardCharsets.US_ASCII)));
            raw(noise(10_000));
            raw("\r\n".repeat(5_000).getBytes(StandardCharsets.US_ASCII));
            String huge = raw(("GET /v1/info HTTP/1.1\r\nHost: x\r\nX-Big: " + "y".repeat(1 << 20) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            assertTrue(huge.isEmpty() || huge.startsWith("HTTP/1.1 431") || huge.startsWith("HTTP/1.1 400"), huge);
            String line = raw(("GET /" + "z".repeat(1 << 20) + " HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            assertTrue(line.isEmpty() || line.startsWith("HTTP/1.1 414") || line.startsWith("HTTP/1.1 400"), line);
            raw("POST /v1/pods HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            for (String path : List.of("/v1/pods", "/v1/images/load", "/v1/images/import?reference=x")) {
                String chunks = raw(("POST " + path + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n").getBytes(StandardCharsets.US_ASCII));
                assertTrue(chunks.isEmpty() || chunks.startsWith("HTTP/1.1 400"), chunks);
            }
            rest.get("/v1/info").ok();
        }
        for (String path : List.of("/", "/v1", "/v1/none", "/v1/containers/%00", "/v1/containers/..%2F..%2Fetc", "/v1/pods/" + "a".repeat(5000))) {
            error(rest.get(path), 404);
        }
        for (String path : List.of("/v1/events?from=x", "/v1/events?from=-1", "/v1/pods?at=yesterday", "/v1/containers/witness/logs?tail=-3", "/v1/state?at=99999999999999999999")) {
            error(rest.get(path), 400);
        }
        error(rest.postJson("/v1/containers/witness/exec", "{"), 400);
        error(rest.postJson("/v1/containers/witness/exec", "{\"command\":7}"), 400);
        error(rest.postJson("/v1/containers/witness/exec", "{\"command\":[]}"), 400);
        error(rest.postJson("/v1/containers/witness/exec", "{\"command\":[\"id\"],\"comand\":1}"), 400);
        error(rest.post("/v1/containers/witness/kill?signal=NONE"), 400);
        error(rest.post("/v1/containers/witness/stop?grace=soon"), 400);
        error(rest.post("/v1/containers/nobody/stop"), 404);
        error(rest.post("/v1/images/import?reference=UPPER%20CASE", "application/x-tar", new byte[0]), 400);
        assertEquals(2, stowbook("frobnicate").exitCode());
        assertEquals(3, stowbook("logs", "nobody").exitCode());
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(daemon.run().resolve("api.sock")));
        return channel;
    }

    /** What comes back for these bytes until the daemon hangs up; nothing if it hangs up while they are sent. */
    private String raw(byte[] bytes) throws IOException {
        try (SocketChannel channel = connect()) {
            ByteBuffer out = ByteBuffer.wrap(bytes);
            while (out.hasRemaining()) {
                channel.write(out);
            }
            channel.shutdownOutput();
            ByteBuffer in = ByteBuffer.allocate(64 << 10);
            while (in.hasRemaining() && channel.read(in) >= 0) {
                // goes on until the end
            }
            return new String(in.array(), 0, in.position(), StandardCharsets.ISO_8859_1);
        } catch (IOException hungUp) {
            return "";
        }
    }
}

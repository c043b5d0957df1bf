package dev.stowbook.supervisor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ImageCommandsTest {

    @Test
    void aDirectoryIsSentAsATarWithLinksDevicesAndOwners(@TempDir Path directory) throws Exception {
        Files.createDirectories(directory.resolve("bin"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(directory.resolve("bin/busybox"), "program");
        Files.setPosixFilePermissions(directory.resolve("bin/busybox"), PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createLink(directory.resolve("bin/zz"), directory.resolve("bin/busybox"));
        Files.createSymbolicLink(directory.resolve("bin/sh"), Path.of("busybox"));
        Files.writeString(directory.resolve("\u00e4".repeat(120)), "long");
        assertEquals(0, new ProcessBuilder("mknod", directory.resolve("null").toString(), "c", "1", "3").start().waitFor());
        assertEquals(0, new ProcessBuilder("mkfifo", directory.resolve("pipe").toString()).start().waitFor());
        assertEquals(0, new ProcessBuilder("chown", "70000:3", directory.resolve("bin/sh").toString(), "-h").start().waitFor());
        try (FakeDaemon daemon = new FakeDaemon()) {
            daemon.json("POST /v1/images/import?reference=example.org%2Fa%3A1", "{\"sequence\":1,\"id\":\"sha256:" + "ab".repeat(32) + "\",\"reference\":\"example.org/a:1\"}");
            Run run = Run.of(daemon, "image", "import", directory.toString(), "example.org/a:1");
            assertEquals("example.org/a:1 abababababab\n", run.out(), run.err());
            Map<String, TarArchiveEntry> entries = new TreeMap<>();
            try (TarArchiveInputStream tar = new TarArchiveInputStream(new ByteArrayInputStream(daemon.last().body()), "UTF-8")) {
                for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                    entries.put(entry.getName(), entry);
                }
            }
            assertEquals(8, entries.size(), entries.keySet().toString());
            assertTrue(entries.get("bin/").isDirectory());
            assertEquals(0700, entries.get("bin/").getMode() & 07777);
            TarArchiveEntry first = entries.get("bin/busybox").isLink() ? entries.get("bin/zz") : entries.get("bin/busybox");
            TarArchiveEntry second = entries.get("bin/busybox").isLink() ? entries.get("bin/busybox") : entries.get("bin/zz");
            assertEquals(7, first.getSize());
            assertEquals(first.getName(), second.getLinkName());
            assertEquals("busybox", entries.get("bin/sh").getLinkName());
            assertEquals(70000, entries.get("bin/sh").getLongUserId());
            assertEquals(4, entries.get("\u00e4".repeat(120)).getSize());
            assertTrue(entries.get("null").isCharacterDevice());
            assertEquals("1:3", entries.get("null").getDevMajor() + ":" + entries.get("null").getDevMinor());
            assertTrue(entries.get("pipe").isFIFO());
        }
    }

    @Test
    void anImageThatHasATagIsListedByItsDigestOnlyIfAsked() throws Exception {
        String image = "{\"id\":\"sha256:%s\",\"references\":[%s],\"layers\":[],\"sizeBytes\":1,\"os\":\"linux\",\"architecture\":\"amd64\"}";
        try (FakeDaemon daemon = new FakeDaemon()) {
            daemon.json("GET /v1/images", "[" + image.formatted("ab".repeat(32), "\"a:1\",\"a@sha256:12\"") + ","
                    + image.formatted("cd".repeat(32), "\"b@sha256:34\"") + "," + image.formatted("ef".repeat(32), "") + "]");
            assertEquals("a:1\nb@sha256:34\nsha256:" + "ef".repeat(32) + "\n", Run.of(daemon, "image", "ls", "-q").out());
            assertEquals("a:1\na@sha256:12\nb@sha256:34\nsha256:" + "ef".repeat(32) + "\n", Run.of(daemon, "image", "ls", "-q", "--digests").out());
        }
    }

    @Test
    void aFileIsSentWithItsLengthAndStandardInputInChunks(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("a.tar"), "tar");
        try (FakeDaemon daemon = new FakeDaemon()) {
            daemon.json("POST /v1/images/import?reference=a", "{\"reference\":\"a\"}");
            assertEquals(0, Run.of(daemon, "image", "import", file.toString(), "a").code());
            assertEquals("3", daemon.last().headers().get("Content-Length"));
            assertEquals(0, Run.typing(daemon, "more", "image", "import", "-", "a").code());
            assertEquals("chunked", daemon.last().headers().get("Transfer-Encoding"));
            assertEquals("more", daemon.last().text());
            assertEquals(1, Run.of(daemon, "image", "import", "/nowhere", "a").code());
        }
    }

    @Test
    void aRefusalBeforeTheWholeBodyWasReadIsTold(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("big.tar");
        try (var out = Files.newOutputStream(file)) {
            out.write(new byte[8 << 20]);
        }
        try (FakeDaemon daemon = new FakeDaemon(); ServerSocketChannel early = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            Path socket = directory.resolve("early.sock");
            early.bind(UnixDomainSocketAddress.of(socket));
            Thread.ofPlatform().daemon().start(() -> {
                try (var client = early.accept()) {
                    client.read(ByteBuffer.allocate(1000));
                    String body = "{\"error\":{\"code\":\"DISK_FULL\",\"message\":\"the disk is full\"}}";
                    client.write(ByteBuffer.wrap(("HTTP/1.1 507 X\r\nContent-Length: " + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.UTF_8)));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            Run run = Run.of(daemon, "-H", "unix://" + socket, "image", "import", file.toString(), "a");
            assertEquals(1, run.code());
            assertTrue(run.err().contains("the disk is full"), run.err());
        }
    }

    @Test
    void whatCannotBeReadToItsEndIsNotSentAsIfItWereWhole() throws IOException {
        InputStream broken = new SequenceInputStream(new ByteArrayInputStream("half a tar".getBytes(StandardCharsets.UTF_8)), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the medium is scratched");
            }
        });
        try (FakeDaemon daemon = new FakeDaemon()) {
            daemon.json("POST /v1/images/import?reference=a", "{\"reference\":\"a\"}");
            Run run = Run.with(broken, Map.of("STOWBOOK_HOST", "unix://" + daemon.socket), false, "image", "import", "-", "a");
            assertEquals(1, run.code(), run.out());
            assertEquals("stowbook: what was to be sent could not be read: the medium is scratched. The daemon has done nothing.\n", run.err());
            assertTrue(daemon.requests.isEmpty(), daemon.requests.toString());
        }
    }

    @Test
    void aFileHereThatIsInTheWayIsNamed(@TempDir Path directory) throws IOException {
        Files.createDirectories(directory.resolve("full/of"));
        try (FakeDaemon daemon = new FakeDaemon()) {
            daemon.json("GET /v1/images/save?names=a", "an archive");
            Run nowhere = Run.of(daemon, "image", "save", "--to", directory + "/no/a.tar", "a");
            assertEquals("stowbook: a file here is in the way: '" + directory + "/no/a.tar.part': no such file or directory.\n", nowhere.err());
            assertEquals(1, nowhere.code());
            Run full = Run.of(daemon, "image", "save", "--to", directory + "/full", "a");
            assertEquals("stowbook: a file here is in the way: '" + directory + "/full': it is a directory, with something in it.\n", full.err());
        }
    }

    @Test
    @Timeout(60)
    void aFileThatIsShorterThanItSaidIsNotWaitedFor() throws IOException {
        // Its size is told as 4096 bytes, and there is less to read.
        Path file = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
        try (FakeDaemon daemon = new FakeDaemon()) {
            daemon.json("POST /v1/images/import?reference=a", "{\"reference\":\"a\"}");
            Run run = Run.of(daemon, "image", "import", file.toString(), "a");
            assertEquals(1, run.code(), run.out());
            assertTrue(run.err().startsWith("stowbook: what was to be sent could not be read: of its 4096 bytes "), run.err());
        }
    }

    @Test
    void loadingShowsTheImagesOrTheErrorOfTheLastLine() throws IOException {
        try (FakeDaemon daemon = new FakeDaemon()) {
            daemon.json("POST /v1/images/load", "{\"progress\":{\"layer\":\"sha256:1\",\"state\":\"applying\",\"bytes\":3}}\n"
                    + "{\"sequence\":4,\"images\":[{\"id\":\"sha256:" + "cd".repeat(32) + "\",\"references\":[\"a:1\",\"b:2\"]}]}\n");
            assertEquals("a:1, b:2 cdcdcdcdcdcd\n", Run.typing(daemon, "tar", "image", "load").out());
            assertEquals(1, Run.typing(daemon, "tar", "image", "load", "-o", "json").out().lines().count());
            daemon.json("POST /v1/images/load", "{\"progress\":{}}\n{\"error\":{\"code\":\"INVALID\",\"message\":\"layer 2 is cut off\"}}\n");
            Run run = Run.typing(daemon, "tar", "image", "load", "-");
            assertEquals(1, run.code());
            assertEquals("stowbook: layer 2 is cut off\n", run.err());
            daemon.json("POST /v1/images/load", "{\"progress\":{}}\n");
            assertEquals(1, Run.typing(daemon, "tar", "image", "load", "-").code());
        }
    }
}

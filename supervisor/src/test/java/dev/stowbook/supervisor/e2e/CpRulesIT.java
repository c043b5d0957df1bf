package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What docs/copying.md says of owners, attributes, mounted files and uploads that break off, read back from the container's files. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CpRulesIT {
    private static final int STRANGER = 70_000;

    private DaemonProcess daemon;
    private Rest rest;
    private Pods pods;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
        pods = new Pods(rest);
        byte[] image = BusyboxTar.with(tar -> {
            TarArchiveEntry entry = new TarArchiveEntry("opt/strangers");
            entry.setUserId(STRANGER);
            entry.setGroupId(STRANGER);
            BusyboxTar.file(tar, entry, "x".getBytes(StandardCharsets.UTF_8), 0100644);
        });
        rest.post("/v1/images/import?reference=box", "application/x-tar", image).ok();
    }

    @AfterAll
    void stop() throws Exception {
        daemon.close();
    }

    @AfterEach
    void removePods() throws IOException {
        daemon.removeAllPods();
    }

    private Path root(String name, boolean ownUsers) throws Exception {
        JsonNode container = pods.run(name, """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  hostUsers: %s
                  terminationGracePeriodSeconds: 0
                  containers: [{name: main, image: box, command: [sleep, "1000"]}]
                """.formatted(name, !ownUsers));
        return Path.of("/proc/" + container.get("pid").asText() + "/root");
    }

    private Rest.Answer put(String name, String path, String more, byte[] tar) throws IOException {
        return rest.request("PUT", "/v1/containers/" + name + "/archive?path=" + path + more, "application/x-tar", tar);
    }

    private Map<String, TarArchiveEntry> out(String name, String path) throws IOException {
        Map<String, TarArchiveEntry> entries = new HashMap<>();
        TarArchiveInputStream tar = new TarArchiveInputStream(new ByteArrayInputStream(rest.get("/v1/containers/" + name + "/archive?path=" + path).ok().body()));
        for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
            entries.put(entry.getName(), entry);
        }
        return entries;
    }

    private static List<String> attributes(Path file) throws Exception {
        FileCalls files = FileCalls.linux();
        try (Fd fd = files.open(LibC.AT_FDCWD, file.toString(), LibC.O_RDONLY, 0, 0)) {
            return files.xattrNames(fd.number());
        }
    }

    @Test
    void attributesThatUsersMadeGoInAndOutAndTheKernelsOwnDoNot() throws Exception {
        Path root = root("attributes", false);
        byte[] value = {1, 0, (byte) 0xff};
        byte[] tar = new TarBytes()
                .xattr("user.mark", value).xattr("trusted.overlay.opaque", new byte[] {'y'}).xattr("trusted.mark", value)
                .file("root/marked", 0644, "x").bytes();
        put("attributes", "/", "", tar).ok();
        assertEquals(List.of("user.mark"), attributes(root.resolve("root/marked")));
        FileCalls files = FileCalls.linux();
        try (Fd fd = files.open(LibC.AT_FDCWD, root.resolve("root/marked").toString(), LibC.O_RDONLY, 0, 0)) {
            assertEquals("[1, 0, -1]", Arrays.toString(files.xattr(fd.number(), "user.mark").orElseThrow()));
            files.setXattr(fd.number(), "trusted.mark", value);
        }
        Map<String, String> headers = out("attributes", "/root/marked").get("marked").getExtraPaxHeaders();
        assertEquals(1, headers.keySet().stream().filter(header -> header.contains("xattr")).count(), headers.toString());
        assertTrue(headers.containsKey("SCHILY.xattr.user.mark"), headers.toString());
    }

    @Test
    void whoIsNoneOfThePodsUsersIsRefusedOnTheWayInAndNobodyOnTheWayOut() throws Exception {
        Path root = root("users", true);
        long first = rest.get("/v1/pods/users").ok().json().get("users").get("first").asLong();
        Rest.Answer refused = put("users", "/root", "&owners=true", new TarBytes().owner(STRANGER, 0).file("f", 0644, "x").bytes());
        assertEquals(400, refused.status(), refused.text());
        assertTrue(refused.text().contains("belongs to user " + STRANGER + ", whom the pod does not have: its ids end at 65535"), refused.text());
        assertTrue(put("users", "/root", "&owners=true", new TarBytes().owner(0, STRANGER).file("f", 0644, "x").bytes()).text().contains("belongs to group " + STRANGER));
        assertFalse(Files.exists(root.resolve("root/f")));
        put("users", "/root", "&owners=true", new TarBytes().owner(65_535, 7).file("last", 0644, "x").bytes()).ok();
        assertEquals(first + 65_535, ((Number) Files.getAttribute(root.resolve("root/last"), "unix:uid")).longValue() & 0xffff_ffffL);
        put("users", "/root", "", new TarBytes().owner(STRANGER, STRANGER).file("roots", 0644, "x").bytes()).ok();
        assertEquals(first, ((Number) Files.getAttribute(root.resolve("root/roots"), "unix:uid")).longValue() & 0xffff_ffffL, "without owners all is root's");

        TarArchiveEntry last = out("users", "/root/last").get("last");
        assertEquals("65535:7", last.getLongUserId() + ":" + last.getLongGroupId());
        TarArchiveEntry strangers = out("users", "/opt/strangers").get("strangers");
        assertEquals("65534:65534", strangers.getLongUserId() + ":" + strangers.getLongGroupId(), "nobody, as it looks from inside");
    }

    @Test
    void aFileThatIsMountedByItselfIsNotReplaced() throws Exception {
        Path root = root("mounted", false);
        String before = Files.readString(root.resolve("etc/hosts"));
        for (String name : List.of("hosts", "hostname", "resolv.conf")) {
            Rest.Answer refused = put("mounted", "/etc", "", new TarBytes().file(name, 0644, "192.0.2.1 evil\n").bytes());
            assertEquals(400, refused.status(), refused.text());
            assertTrue(refused.text().contains("would replace what something is mounted on; write to it from inside"), refused.text());
        }
        assertEquals(before, Files.readString(root.resolve("etc/hosts")));
        try (Stream<Path> etc = Files.list(root.resolve("etc"))) {
            assertTrue(etc.noneMatch(file -> file.getFileName().toString().startsWith(".stowbook")), "nothing half done is left");
        }
    }

    /** The upload has to be whole before its first file is made. */
    @Test
    void anUploadThatBreaksOffLeavesNothing() throws Exception {
        Path root = root("half", false);
        byte[] tar = new TarBytes().file("first", 0644, "x".repeat(100_000)).file("second", 0644, "y".repeat(100_000)).bytes();
        Path spool = daemon.root().resolve("tmp");
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(daemon.run().resolve("api.sock")));
            channel.write(ByteBuffer.wrap(("PUT /v1/containers/half/archive?path=/root HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-tar\r\nContent-Length: "
                    + tar.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer most = ByteBuffer.wrap(tar, 0, tar.length - 2048);
            while (most.hasRemaining()) {
                channel.write(most);
            }
            awaitUploads(spool, true);
        }
        awaitUploads(spool, false);
        assertFalse(Files.exists(root.resolve("root/first")));
        assertEquals(List.of(), pods.events("FilesCopiedIn", "/root"));
        put("half", "/root", "", tar).ok();
        assertEquals(100_000, Files.size(root.resolve("root/second")));
    }

    private static void awaitUploads(Path spool, boolean some) throws Exception {
        for (int i = 0; i < 3000; i++) {
            if (Files.isDirectory(spool)) {
                try (Stream<Path> files = Files.walk(spool)) {
                    if (files.anyMatch(file -> file.getFileName().toString().startsWith("upload-")) == some) {
                        return;
                    }
                }
            }
            Thread.sleep(20);
        }
        throw new AssertionError("uploads in " + spool + " in vain awaited: " + some);
    }
}

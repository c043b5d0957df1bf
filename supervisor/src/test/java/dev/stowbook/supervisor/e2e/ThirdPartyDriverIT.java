package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.graph.LoopFileSystem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The graph driver of {@code examples/driver-btrfs}, as somebody else would bring it: built from published jars alone, passed through the
 * conformance kit, dropped into the plugin directory.
 */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ThirdPartyDriverIT {
    private static final Path EXAMPLE = Command.REPOSITORY.resolve("examples/driver-btrfs");

    private Path zip;
    private LoopFileSystem btrfs;

    @BeforeAll
    void build(@TempDir Path directory) throws Exception {
        Path log = directory.resolve("build.log");
        Process process = new ProcessBuilder(EXAMPLE.resolve("build.sh").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertTrue(process.waitFor(15, TimeUnit.MINUTES) && process.exitValue() == 0, () -> said(log));
        zip = EXAMPLE.resolve("target/driver-btrfs.zip");
        btrfs = LoopFileSystem.make("btrfs", 1L << 30);
    }

    private static String said(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @AfterAll
    void unmount() throws Exception {
        if (btrfs != null) {
            btrfs.close();
        }
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    /** Installs the zip as its README says, with a store that only the driver knows. */
    private Path install(Path directory, byte[] content, String digest) throws Exception {
        Path plugins = Files.createDirectories(directory.resolve("root/plugins"));
        Files.write(plugins.resolve("driver-btrfs.zip"), content);
        Path store = Files.createDirectory(btrfs.path().resolve(directory.getFileName()));
        Files.writeString(directory.resolve("config.yaml"), """
                drivers:
                  graph: btrfs
                  settings: {btrfs: {directory: %s}}
                plugins: {driver-btrfs.zip: %s}
                """.formatted(store, digest));
        return store;
    }

    private static JsonNode run(Rest rest, String name, String limits, String script) throws Exception {
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 1
                  containers:
                    - {name: main, image: busybox, command: [sh, -c, "%s"], resources: {limits: {%s}}}
                """.formatted(name, script, limits)).ok();
        return rest.post("/v1/containers/" + name + "/wait").ok().json();
    }

    @Test
    void u11_aPodRunsOnADriverWhoseStoreNobodyElseKnows(@TempDir Path directory) throws Exception {
        Path store = install(directory, Files.readAllBytes(zip), sha256(Files.readAllBytes(zip)));
        try (DaemonProcess daemon = DaemonProcess.start(directory)) {
            daemon.importBusybox();
            Rest rest = daemon.rest();
            assertEquals("btrfs", rest.get("/v1/info").ok().json().at("/drivers/graph").asText(), rest.get("/v1/info").text());
            JsonNode end = run(rest, "third", "", "touch /made; rm /etc/group; grep ' btrfs ' /proc/self/mountinfo; exit 7");
            assertEquals(7, end.get("exitCode").asInt());
            assertTrue(rest.get("/v1/containers/third/logs").text().contains(" btrfs "), rest.get("/v1/containers/third/logs").text());
            String changes = rest.get("/v1/containers/third/changes").ok().text();
            assertTrue(changes.contains("{\"kind\":\"added\",\"path\":\"/made\"}"), changes);
            assertTrue(changes.contains("{\"kind\":\"deleted\",\"path\":\"/etc/group\"}"), changes);
            daemon.killHard();
            daemon.restart();
            assertEquals("exited", rest.get("/v1/containers/third").ok().json().get("state").asText());
            assertEquals(3, names(store).size(), "an image's layer, its init layer, and a container's");
            rest.delete("/v1/pods/third?force=true&grace=0").ok();
            rest.delete("/v1/images/busybox?force=true").ok();
            assertEquals(List.of(), names(store));
            // what the daemon reserves for the driver of this name stayed as empty as it was made
            assertEquals(List.of(), names(daemon.root().resolve("btrfs")));
        }
    }

    private static List<String> names(Path directory) throws IOException {
        try (var entries = Files.list(directory)) {
            return entries.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aLimitOnStorageEndsWritesByItsQuotaGroup(@TempDir Path directory) throws Exception {
        install(directory, Files.readAllBytes(zip), sha256(Files.readAllBytes(zip)));
        try (DaemonProcess daemon = DaemonProcess.start(directory)) {
            daemon.importBusybox();
            Rest rest = daemon.rest();
            String write = "for i in 1 2 3 4 5 6 7 8; do dd if=/dev/urandom of=/f$i bs=1M count=2 conv=fsync || exit 3; done";
            assertEquals(3, run(rest, "limited", "ephemeral-storage: 4Mi", write).get("exitCode").asInt());
            String log = rest.get("/v1/containers/limited/logs").text();
            assertTrue(log.contains("quota exceeded"), log);
            assertEquals(0, run(rest, "free", "", write).get("exitCode").asInt());
        }
    }

    @Test
    void aZipWhoseDigestOrLevelDoesNotFitIsRefusedInOneSentence(@TempDir Path directory) throws Exception {
        byte[] good = Files.readAllBytes(zip);
        install(directory, good, "f".repeat(64));
        String digest = refused(directory);
        assertTrue(digest.contains("driver-btrfs.zip is not loaded: its SHA-256 is " + sha256(good)), digest);

        byte[] other = ofLevel(99, good);
        Path plugins = directory.resolve("root/plugins/driver-btrfs.zip");
        Files.write(plugins, other);
        Files.writeString(directory.resolve("config.yaml"), "drivers: {graph: btrfs}\nplugins: {driver-btrfs.zip: " + sha256(other) + "}\n");
        String level = refused(directory);
        assertTrue(level.contains("driver-btrfs.zip is not loaded: it requires version 99.0.0 of the driver SPI"), level);
    }

    private static String refused(Path directory) throws Exception {
        String sentence = Command.refusedDaemon(
                directory.resolve("root"), directory.resolve("run"), "--config", directory.resolve("config.yaml").toString());
        assertTrue(sentence.contains("btrfs: no plugin provides it"), sentence);
        assertFalse(sentence.contains("\n"), sentence);
        return sentence;
    }

    /** The same driver, made for another level of the SPI. */
    private static byte[] ofLevel(int level, byte[] zip) throws IOException {
        ByteArrayOutputStream changed = new ByteArrayOutputStream();
        List<String> seen = new ArrayList<>();
        try (ZipInputStream in = new ZipInputStream(new java.io.ByteArrayInputStream(zip));
                ZipOutputStream out = new ZipOutputStream(changed)) {
            for (ZipEntry entry; (entry = in.getNextEntry()) != null; ) {
                out.putNextEntry(new ZipEntry(entry.getName()));
                byte[] content = in.readAllBytes();
                if (entry.getName().equals("plugin.properties")) {
                    seen.add(entry.getName());
                    content = new String(content).replace("plugin.requires=1.0.0", "plugin.requires=" + level + ".0.0").getBytes();
                }
                out.write(content);
            }
        }
        assertEquals(List.of("plugin.properties"), seen);
        return changed.toByteArray();
    }
}

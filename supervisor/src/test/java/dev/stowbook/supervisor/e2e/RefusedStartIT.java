package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon that must not start says why in one sentence, returns 1, and leaves everything as it was. */
@RequiresRoot
class RefusedStartIT {
    @TempDir
    private Path directory;

    private String refused(String... more) throws Exception {
        return Command.refusedDaemon(directory.resolve("root"), directory.resolve("run"), more);
    }

    private String refusedConfig(String yaml) throws Exception {
        Path config = Files.writeString(directory.resolve("bad.yaml"), yaml);
        String sentence = refused("--config", config.toString());
        assertTrue(sentence.contains(config.toString()), sentence);
        assertFalse(Files.exists(directory.resolve("root")), "nothing is made before the configuration is understood");
        return sentence;
    }

    private static void says(String sentence, String... parts) {
        for (String part : parts) {
            assertTrue(sentence.contains(part), "'" + part + "' is not in: " + sentence);
        }
    }

    @Test
    void aConfigurationThatIsNotUnderstoodIsNotHalfObeyed() throws Exception {
        says(refusedConfig("drivers: {graph: overlay}\nnetwork: {subnett: 10.0.0.0/8}\n"), "network.subnett", "known are subnet");
        says(refusedConfig("book: {reserveBytes: plenty}\n"), "book.reserveBytes", "plenty", "whole number");
        says(refusedConfig("restart: {cap: soon}\n"), "restart.cap", "soon", "5m");
        says(refusedConfig("network: {subnet: 10.0.0.1/16}\n"), "network.subnet", "10.88.0.0/16");
        says(refusedConfig("- a\n- b\n"), "must be a mapping");
        says(refusedConfig("book: [\n  x: {{\n"), "line 2", "no YAML");
        says(refusedConfig("book: {snapshotEvery: 1, snapshotEvery: 2}\n"), "line 1", "snapshotEvery");
        says(refused("--config", directory.resolve("none.yaml").toString()), "none.yaml does not exist", "--config");
    }

    @Test
    void anotherUserThanRootIsToldSo() throws Exception {
        Command command = Command.prefixed(
                List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"),
                "daemon", "--root", directory.resolve("root").toString(), "--run-dir", directory.resolve("run").toString());
        says(command.sentence(), "must run as root", "uid 65534", "sudo");
    }

    @Test
    void aRootThatCannotBeWrittenToIsNamed() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        says(Command.refusedDaemon(file.resolve("root"), directory.resolve("run")), file.toString(), "--root");
        says(Command.refusedDaemon(directory.resolve("r"), file.resolve("run")), file.toString(), "--run-dir");
        Path readOnly = Files.createDirectory(directory.resolve("read-only"));
        Mounts.tmpfs(readOnly, "ro,size=1m");
        try {
            says(Command.refusedDaemon(readOnly, directory.resolve("run")), readOnly.toString(), "Read-only file system", "--root");
            says(Command.refusedDaemon(readOnly.resolve("root"), directory.resolve("run")), "Read-only file system", "--root");
        } finally {
            Mounts.unmount(readOnly);
        }
    }

    @Test
    void anUnknownDriverIsRefusedWithTheKnownOnes() throws Exception {
        Path config = Files.writeString(directory.resolve("c.yaml"), "drivers: {graph: btrfs}\n");
        says(refused("--config", config.toString()), "btrfs", "overlay", "vfs");
    }

    @Test
    void aSecondDaemonNamesTheProcessOfTheFirstAndDisturbsItNot() throws Exception {
        try (DaemonProcess daemon = DaemonProcess.start(directory)) {
            long sequence = daemon.rest().get("/v1/info").json().get("sequence").asLong();
            says(Command.refusedDaemon(daemon.root(), directory.resolve("other")), "in use by process " + daemon.pid(), "--root");
            String sentence = Command.refusedDaemon(directory.resolve("root2"), daemon.run());
            says(sentence, daemon.run().resolve("api.sock").toString());
            assertEquals(sequence, daemon.rest().get("/v1/info").json().get("sequence").asLong());
            assertTrue(Command.stowbook("log", "truncate", "--root", daemon.root().toString(), "--at", "1")
                    .sentence().contains("in use by process " + daemon.pid()));
        }
    }

    @Test
    void aFlippedByteInTheBookIsRefusedWithItsPlaceAndTheFileIsNotTouched() throws Exception {
        DaemonProcess daemon = DaemonProcess.start(directory);
        daemon.importBusybox();
        String instance = daemon.rest().get("/v1/info").json().get("instanceId").asText();
        String images = daemon.rest().get("/v1/images").ok().text();
        daemon.stop();
        Path book = book();
        byte[] whole = Files.readAllBytes(book);
        byte[] damaged = whole.clone();
        int at = new String(whole, StandardCharsets.ISO_8859_1).indexOf("busybox");
        assertTrue(at > 0);
        damaged[at] ^= 1;
        Files.write(book, damaged);

        String sentence = Command.refusedDaemon(daemon.root(), daemon.run());
        says(sentence, "damaged at " + book, "restore", "stowbook log truncate --at ");
        assertArrayEquals(damaged, Files.readAllBytes(book));
        says(Command.stowbook("log", "verify", "--root", daemon.root().toString()).sentence(), "damaged at " + book, "are good");

        Files.write(book, whole);
        daemon.restart();
        assertEquals(images, daemon.rest().get("/v1/images").ok().text());
        daemon.stop();

        Files.write(book, damaged);
        String last = sentence.replaceAll(".*truncate --at (\\d+).*", "$1");
        Command repaired = Command.stowbook("log", "truncate", "--root", daemon.root().toString(), "--at", last);
        assertEquals(0, repaired.exitCode(), repaired.err());
        try (Stream<Path> files = Files.find(daemon.root().resolve("log"), 2, (path, a) -> path.toString().contains("/damaged-") && path.toString().endsWith(".cq4"))) {
            assertArrayEquals(damaged, Files.readAllBytes(files.findFirst().orElseThrow()));
        }
        daemon.restart();
        assertEquals("[]", daemon.rest().get("/v1/images").ok().text().strip());
        assertEquals(instance, daemon.rest().get("/v1/info").json().get("instanceId").asText());
        daemon.close();
    }

    private Path book() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("root/log/book"))) {
            return files.filter(file -> file.toString().endsWith(".cq4")).findFirst().orElseThrow();
        }
    }
}

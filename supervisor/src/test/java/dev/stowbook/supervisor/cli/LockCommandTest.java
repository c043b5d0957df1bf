package dev.stowbook.supervisor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LockCommandTest {
    private static final String LOCKED = "{\"text\":\"the lock\\n\",\"images\":[{\"image\":\"a\",\"platform\":\"linux/amd64\",\"tree\":\"sha256:1\"}]%s}";

    @TempDir
    private Path directory;

    private Path manifest;

    @BeforeEach
    void write() throws Exception {
        manifest = Files.writeString(directory.resolve("pod.yaml"), "kind: \"Pöd\"\n");
    }

    @Test
    void i21_aLockIsWrittenBesideItsManifestAndReplacedWhole() throws Exception {
        try (FakeDaemon daemon = new FakeDaemon()) {
            daemon.json("POST /v1/images/lock", LOCKED.formatted(""));
            Path lock = Files.writeString(directory.resolve("pod.lock.yaml"), "former\n");
            Run run = Run.of(daemon, "image", "lock", "-f", manifest.toString(), "--platform", "linux/amd64", "--platform", "linux/arm64");
            assertEquals(lock + ": 1 image locked\n", run.out(), run.err());
            assertEquals("the lock\n", Files.readString(lock));
            assertEquals("{\"manifests\":[{\"name\":\"" + manifest + "\",\"text\":\"kind: \\\"Pöd\\\"\\n\"}],"
                    + "\"platforms\":[\"linux/amd64\",\"linux/arm64\"],\"format\":\"yaml\"}", daemon.last().text());
            try (var files = Files.list(directory)) {
                assertEquals(List.of("pod.lock.yaml", "pod.yaml"), files.map(file -> file.getFileName().toString()).sorted().toList());
            }
        }
    }

    @Test
    void i21_aCheckSaysWhatDiffersAndWritesNothing() throws Exception {
        try (FakeDaemon daemon = new FakeDaemon()) {
            Path lock = directory.resolve("pod.lock.yaml");
            Run none = Run.of(daemon, "image", "lock", "-f", manifest.toString(), "--check");
            assertEquals(1, none.code());
            assertTrue(none.err().contains("there is no lock file '" + lock + "'"), none.err());
            Files.writeString(lock, "former\n");
            daemon.json("POST /v1/images/lock", LOCKED.formatted(",\"differences\":[]"));
            Run same = Run.of(daemon, "image", "lock", "-f", manifest.toString(), "--check");
            assertEquals(lock + " is what the images are.\n", same.out(), same.err());
            assertEquals(0, same.code());
            assertTrue(daemon.last().text().contains("\"lock\":{\"name\":\"" + lock + "\",\"text\":\"former\\n\"}"), daemon.last().text());
            daemon.json("POST /v1/images/lock", LOCKED.formatted(",\"differences\":["
                    + "{\"image\":\"a\",\"platform\":\"linux/amd64\",\"what\":\"index\",\"was\":\"sha256:1\",\"is\":\"\"},"
                    + "{\"image\":\"b\",\"platform\":\"linux/amd64\",\"what\":\"image\",\"was\":\"\",\"is\":\"sha256:2\"},"
                    + "{\"image\":\"c\",\"platform\":\"linux/amd64\",\"what\":\"image\",\"was\":\"sha256:3\",\"is\":\"\"}]"));
            Run other = Run.of(daemon, "image", "lock", "-f", manifest.toString(), "--check");
            assertEquals(1, other.code());
            assertEquals(
                    lock + ": a for linux/amd64: index was sha256:1, is none\n"
                            + lock + ": b for linux/amd64: is not in the lock\n"
                            + lock + ": c for linux/amd64: no manifest has it, or not for that platform\n"
                            + lock + " is not what the images are: 'stowbook image lock' writes it anew.\n",
                    other.out());
            assertEquals("former\n", Files.readString(lock));
            assertEquals(1, Run.of(daemon, "image", "lock", "-f", manifest.toString(), "--check", "-o", "json").code());
        }
    }

    @Test
    void i21_severalManifestsHaveALockEachOrShareTheOneThatIsNamed() throws Exception {
        Path other = Files.writeString(directory.resolve("other.json"), "{}");
        try (FakeDaemon daemon = new FakeDaemon()) {
            daemon.json("POST /v1/images/lock", LOCKED.formatted(""));
            assertEquals(0, Run.of(daemon, "image", "lock", "-f", manifest.toString(), "-f", other.toString()).code());
            assertEquals(2, daemon.requests.size());
            assertTrue(daemon.last().text().contains("\"format\":\"json\""), daemon.last().text());
            assertTrue(Files.exists(directory.resolve("pod.lock.yaml")) && Files.exists(directory.resolve("other.lock.json")));
            assertEquals(0, Run.of(daemon, "image", "lock", "-f", manifest.toString(), "-f", other.toString(), "--lock", directory.resolve("both.lock.yaml").toString()).code());
            assertEquals(3, daemon.requests.size());
            assertTrue(daemon.last().text().contains("pod.yaml") && daemon.last().text().contains("other.json"), daemon.last().text());
            Run onto = Run.of(daemon, "image", "lock", "-f", manifest.toString(), "--lock", directory + "/missing/x.yaml");
            assertEquals(1, onto.code());
            assertTrue(onto.err().contains("the lock file '" + directory + "/missing/x.yaml' cannot be written: "), onto.err());
            assertEquals("the lock\n", Run.of(daemon, "image", "lock", "-f", manifest.toString(), "--lock", "-").out());
        }
    }

    @Test
    void i21_applyLockedSendsBothFiles() throws Exception {
        try (FakeDaemon daemon = new FakeDaemon()) {
            daemon.json("POST /v1/pods/locked", "{\"sequence\":1,\"pods\":[{\"name\":\"web\",\"action\":\"created\"}]}");
            Path named = Files.writeString(directory.resolve("named.yaml"), "a lock\n");
            Run run = Run.of(daemon, "apply", "-f", manifest.toString(), "--locked", "--lock", named.toString());
            assertEquals("web created\n", run.out(), run.err());
            assertEquals("{\"manifest\":{\"name\":\"" + manifest + "\",\"text\":\"kind: \\\"Pöd\\\"\\n\"},\"lock\":{\"name\":\"" + named
                    + "\",\"text\":\"a lock\\n\"}}", daemon.last().text());
            Run none = Run.of(daemon, "apply", "-f", manifest.toString(), "--locked");
            assertEquals(1, none.code());
            assertTrue(none.err().contains("there is no lock file '" + directory.resolve("pod.lock.yaml") + "': 'stowbook image lock -f MANIFEST' writes it."), none.err());
        }
    }

    @Test
    void i21_whatCannotBeMeantIsRefusedBeforeAnythingIsSent() throws Exception {
        Path latin = Files.write(directory.resolve("latin.yaml"), "kind: Pöd".getBytes(StandardCharsets.ISO_8859_1));
        try (FakeDaemon daemon = new FakeDaemon()) {
            for (List<String> words : List.of(
                    List.of("image", "lock"),
                    List.of("image", "lock", "-f", "-"),
                    List.of("apply", "-f", manifest.toString(), "--lock", "x"),
                    List.of("apply", "-f", "-", "--locked"),
                    List.of("apply", "-f", "-", "--locked", "--lock", "-"))) {
                Run run = Run.of(daemon, words.toArray(new String[0]));
                assertEquals(2, run.code(), words + run.err());
                assertFalse(run.err().isEmpty());
            }
            Run encoding = Run.of(daemon, "image", "lock", "-f", latin.toString());
            assertEquals(1, encoding.code());
            assertTrue(encoding.err().contains("is not UTF-8"), encoding.err());
            assertEquals(List.of(), daemon.requests);
        }
    }
}

package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The image store of a whole daemon, read back from its files. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ImageStoreIT {
    private DaemonProcess daemon;
    private Rest rest;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
        daemon.importBusybox();
    }

    @AfterAll
    void stop() throws Exception {
        daemon.close();
    }

    @AfterEach
    void removePods() throws IOException {
        daemon.removeAllPods();
    }

    private JsonNode run(String name, String image) throws Exception {
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                    - {name: main, image: "%s", command: [sleep, "1000"]}
                """.formatted(name, image)).ok();
        JsonNode container = rest.get("/v1/containers/" + name).ok().json();
        for (int i = 0; i < 6000 && !container.get("state").asText().equals("running"); i++) {
            Thread.sleep(10);
            container = rest.get("/v1/containers/" + name).ok().json();
        }
        assertEquals("running", container.get("state").asText(), container.toString());
        return container;
    }

    private String stowbook(String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of("-H", "unix://" + daemon.run().resolve("api.sock")));
        all.addAll(List.of(words));
        Command command = Command.stowbook(all.toArray(new String[0]));
        assertEquals(0, command.exitCode(), command.err());
        return command.out();
    }

    private Path store() {
        return daemon.root().resolve("image/overlay");
    }

    /** The lower directories that the kernel says are mounted, topmost first. */
    private static List<Path> lower(JsonNode container) throws IOException {
        String root = Files.readAllLines(Path.of("/proc/" + container.get("pid").asLong() + "/mountinfo")).stream()
                .filter(line -> line.split(" ")[4].equals("/"))
                .findFirst()
                .orElseThrow();
        List<Path> found = new ArrayList<>();
        for (String option : root.split("[ ,]")) {
            if (option.startsWith("lowerdir")) {
                for (String directory : option.replaceFirst("lowerdir\\+?=", "").split(":")) {
                    found.add(Path.of(directory));
                }
            }
        }
        return found;
    }

    private Map<String, String> projected() throws IOException {
        Map<String, String> files = new TreeMap<>();
        for (String part : List.of("repositories.json", "imagedb/metadata", "layerdb/mounts", "distribution")) {
            try (var all = Files.walk(store().resolve(part))) {
                for (Path file : all.filter(Files::isRegularFile).toList()) {
                    files.put(store().relativize(file).toString(), Files.readString(file));
                }
            }
        }
        return files;
    }

    private static void await(String what, java.util.concurrent.Callable<Boolean> condition) throws Exception {
        for (int i = 0; i < 6000; i++) {
            if (condition.call()) {
                return;
            }
            Thread.sleep(10);
        }
        throw new AssertionError("in vain awaited: " + what);
    }

    @Test
    void i2_i11_aContainerStandsOnItsOwnLayerAnInitLayerAndItsImage() throws Exception {
        JsonNode container = run("i2", "busybox");
        Path mount = store().resolve("layerdb/mounts/" + container.get("id").asText());
        await("mounts", () -> Files.exists(mount.resolve("parent")));
        String init = Files.readString(mount.resolve("init-id"));
        String chain = Files.readString(mount.resolve("parent")).substring(7);
        String top = Files.readString(store().resolve("layerdb/sha256").resolve(chain).resolve("cache-id"));
        Path graph = daemon.root().resolve("overlay");
        assertEquals(List.of(graph.resolve(init).resolve("diff"), graph.resolve(top).resolve("diff")), lower(container));
        for (String stub : List.of("etc/hosts", "etc/hostname", "etc/resolv.conf")) {
            assertEquals(0, Files.size(graph.resolve(init).resolve("diff").resolve(stub)), stub);
        }
        String own = Files.readString(mount.resolve("mount-id"));
        try (var files = Files.list(graph.resolve(own).resolve("diff"))) {
            assertEquals(List.of(), files.toList(), "the container's own layer holds only what it did");
        }
        assertEquals("", stowbook("diff", "i2"));
        JsonNode second = run("i2b", "busybox");
        assertEquals(lower(container), lower(second), "they share the init layer");
        daemon.removeAllPods();
        await("the mount is gone", () -> !Files.exists(mount));
    }

    @Test
    void i1_i9_i11_theInitLayerGoesWithItsImage() throws Exception {
        rest.post("/v1/images/import?reference=short-lived", "application/x-tar", BusyboxTar.with(tar ->
                BusyboxTar.file(tar, "mark", "mine".getBytes(), 0100644))).ok();
        JsonNode container = run("i9", "short-lived");
        List<Path> lower = lower(container);
        assertEquals(2, lower.size());
        daemon.removeAllPods();
        stowbook("image", "rm", "short-lived");
        for (Path directory : lower) {
            assertFalse(Files.exists(directory), directory.toString());
        }
    }

    @Test
    void i18_whatIsDeletedIsMadeAgainFromTheBookByteForByte() throws Exception {
        JsonNode container = run("i18", "busybox");
        stowbook("image", "tag", "busybox", "example.org/box:1");
        await("mounts", () -> Files.exists(store().resolve("layerdb/mounts/" + container.get("id").asText() + "/parent")));
        await("repositories", () -> Files.readString(store().resolve("repositories.json")).contains("example.org/box:1"));
        Map<String, String> before = projected();
        assertTrue(before.size() >= 6, before::toString);
        daemon.killHard();
        for (String file : before.keySet()) {
            Files.delete(store().resolve(file));
        }
        daemon.restart();
        rest = daemon.rest();
        assertEquals(before, projected());
        assertEquals("running", rest.get("/v1/containers/i18").ok().json().get("state").asText());
        assertEquals(2, lower(container).size(), "it goes on with its layers");
        assertEquals(List.of(), rest.events(1).stream()
                .filter(event -> event.toString().contains("OrphanFound") && event.at("/data/kind").asText().equals("layer"))
                .toList());
    }

    private static String sh(String script, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "-ec", script, "sh"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), out);
        return out.strip();
    }

    private JsonNode image(String name) throws IOException {
        return rest.get("/v1/images/" + name).ok().json();
    }

    @Test
    void i10_whatIsSavedHasTheSameDiffIdsAndConfigurationForOthersAndForUs(@TempDir Path directory) throws Exception {
        JsonNode image = image("busybox");
        for (String format : List.of("docker", "oci")) {
            Path tar = directory.resolve(format + ".tar");
            stowbook("image", "save", "busybox", "--format", format, "--to", tar.toString());
            String source = format.equals("docker") ? "docker-archive:" + tar : "oci-archive:" + tar + ":busybox:latest";
            String config = sh("skopeo inspect --config --raw \"$1\" | sha256sum | cut -c1-64", source);
            assertEquals(image.get("id").asText(), "sha256:" + config, format);
            assertTrue(sh("skopeo inspect --config \"$1\"", source).contains(image.at("/layers/0/diffId").asText()), format);
            sh("skopeo copy -q \"$1\" \"oci:$2:x\"", source, directory.resolve(format).toString());
        }
        Path again = directory.resolve("again.tar");
        stowbook("image", "save", "busybox", "--to", again.toString());
        assertEquals(-1, Files.mismatch(directory.resolve("docker.tar"), again), "the same image gives the same bytes");
        stowbook("image", "tag", "busybox", "kept:1");
        stowbook("image", "save", "kept:1", "--to", again.toString());
        stowbook("image", "rm", "kept:1");
        assertTrue(stowbook("image", "load", again.toString()).startsWith("kept:1 " + image.get("id").asText().substring(7, 19)));
        assertEquals(image.get("id"), image("kept:1").get("id"));
        stowbook("image", "rm", "kept:1");
    }

    @Test
    void i16_whatAContainerDidIsInTheCommittedImageAndNothingOfOurs() throws Exception {
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: i16}
                spec:
                  terminationGracePeriodSeconds: 1
                  volumes: [{name: data, emptyDir: {}}]
                  containers:
                    - name: main
                      image: busybox
                      command: [sleep, "1000"]
                      volumeMounts: [{name: data, mountPath: /data}]
                """).ok();
        await("running", () -> rest.get("/v1/containers/i16").ok().json().get("state").asText().equals("running"));
        stowbook("exec", "i16", "--", "sh", "-c",
                "echo made > /made && rm /www/index.html && chown 5:6 /etc/group && echo secret > /data/file && mkdir /proc/x 2>/dev/null || true");
        String said = stowbook("commit", "i16", "committed:1", "-c", "CMD [\"cat\", \"/made\"]", "-c", "ENV A=b C=\"d e\"", "-m", "why", "--author", "me");
        assertTrue(said.startsWith("committed:1 "), said);
        assertEquals("running", rest.get("/v1/containers/i16").ok().json().get("state").asText(), "it goes on");
        JsonNode made = image("committed:1");
        JsonNode base = image("busybox");
        assertEquals(2, made.get("layers").size());
        assertEquals(base.at("/layers/0/diffId"), made.at("/layers/0/diffId"));
        assertEquals("[\"cat\",\"/made\"]", made.at("/config/cmd").toString());
        assertTrue(made.at("/config/env").toString().contains("\"C=d e\""), made.toString());
        assertEquals("commit", made.get("origin").asText());
        String chain = made.at("/layers/1/chainId").asText().substring(7);
        Path layer = daemon.root().resolve("overlay").resolve(Files.readString(store().resolve("layerdb/sha256/" + chain + "/cache-id"))).resolve("diff");
        String found = sh("cd \"$1\" && find . | sort | tr '\\n' ' '", layer.toString());
        assertEquals(". ./data ./etc ./etc/group ./made ./www ./www/index.html", found, "a whiteout, and no file of a volume or of ours");
        String history = stowbook("image", "history", "committed:1");
        assertTrue(history.lines().skip(1).findFirst().orElseThrow().contains("sleep 1000"), history);
        assertTrue(history.contains("why"), history);
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: i16b}
                spec:
                  restartPolicy: Never
                  containers: [{name: main, image: "committed:1"}]
                """).ok();
        stowbook("wait", "i16b");
        assertEquals("made\n", stowbook("logs", "i16b"));
        daemon.removeAllPods();
        stowbook("image", "rm", "committed:1");
        assertFalse(Files.exists(layer));
    }

    @Test
    void aContainersFilesAreExportedAsTheyAreInsideRunningOrNot(@TempDir Path directory) throws Exception {
        JsonNode container = run("exported", "busybox");
        stowbook("exec", "exported", "--", "sh", "-c", "echo made > /made && chown 5:6 /made && rm /www/index.html");
        Path tar = directory.resolve("out.tar");
        stowbook("export", "exported", "--to", tar.toString());
        String listing = sh("tar --numeric-owner -tvf \"$1\"", tar.toString());
        assertTrue(listing.lines().anyMatch(line -> line.matches(".* 5/6 .* made")), listing);
        assertTrue(listing.lines().anyMatch(line -> line.matches(".* 0/0 .* bin/busybox")), listing);
        assertFalse(listing.contains("index.html"), listing);
        assertFalse(listing.contains("proc/1"), listing);
        stowbook("stop", "exported");
        Path stopped = directory.resolve("stopped.tar");
        stowbook("export", "exported", "--to", stopped.toString());
        assertEquals(-1, Files.mismatch(tar, stopped));
        try (var layers = Files.list(daemon.root().resolve("overlay"))) {
            assertEquals(3, layers.filter(layer -> layer.getFileName().toString().matches("[0-9a-f]{64}")).count(), "nothing is left of the copies");
        }
        assertTrue(container.has("id"));
    }

    @Test
    void i8_i15_fsckFindsWhatIsLostAndWhatTheBookDoesNotKnowWhileContainersRun() throws Exception {
        run("i8", "busybox");
        assertEquals("the image store is what the book says.\n", stowbook("fsck"));
        Path config = store().resolve("imagedb/content/sha256").resolve(image("busybox").get("id").asText().substring(7));
        byte[] right = Files.readAllBytes(config);
        byte[] wrong = right.clone();
        wrong[30] ^= 1;
        Files.write(config, wrong);
        Files.write(config.resolveSibling("0".repeat(64)), right);
        Files.delete(store().resolve("repositories.json"));
        Command check = Command.stowbook("-H", "unix://" + daemon.run().resolve("api.sock"), "fsck", "--repair");
        assertEquals(1, check.exitCode(), check.out());
        assertTrue(check.out().contains("damaged configuration sha256:" + config.getFileName() + ", of image"), check.out());
        assertTrue(check.out().contains("it is lost (no registry is known to have the image): load or pull the image again"), check.out());
        assertTrue(check.out().contains("foreign configuration sha256:" + "0".repeat(64)), check.out());
        assertTrue(check.out().contains("damaged file repositories.json"), check.out());
        assertFalse(Files.exists(config.resolveSibling("0".repeat(64))));
        assertTrue(Files.exists(store().resolve("repositories.json")));
        Files.write(config, right);
        assertEquals("the image store is what the book says.\n", stowbook("fsck"));
        assertEquals("running", rest.get("/v1/containers/i8").ok().json().get("state").asText());
    }

    @Test
    void unusedImagesArePrunedAndTheBookSaysSo() throws Exception {
        rest.post("/v1/images/import?reference=nameless", "application/x-tar", BusyboxTar.with(tar ->
                BusyboxTar.file(tar, "n", "n".getBytes(), 0100644))).ok();
        String id = image("nameless").get("id").asText();
        stowbook("image", "tag", "busybox", "nameless");
        String dry = stowbook("image", "prune");
        assertTrue(dry.contains("would remove " + id) && dry.contains("it has no name, and no container"), dry);
        assertEquals(200, rest.get("/v1/images/" + id).status());
        assertTrue(stowbook("image", "prune", "--force").contains("removed " + id));
        assertEquals(404, rest.get("/v1/images/" + id).status());
        run("pruned", "busybox");
        assertEquals("there is nothing to remove.\n", stowbook("image", "prune", "--all"), "a container is made of it");
        assertEquals("there is nothing to remove.\n", stowbook("image", "prune", "--all", "--force"));
        assertTrue(rest.events(1).stream().anyMatch(event -> event.get("type").asText().contains("ImageRemoving") && event.toString().contains(id)));
        stowbook("image", "rm", "nameless");
    }

    @Test
    void i19_everyPlaceBelowTheRootIsDocumentedAndEveryPlaceOfDockersHasACounterpartOrAReason() throws Exception {
        run("i19", "busybox");
        List<String> rows = Files.readAllLines(Path.of(System.getProperty("stowbook.repository"), "docs/layout.md")).stream()
                .filter(line -> line.startsWith("| `"))
                .toList();
        List<String> documented = new ArrayList<>();
        rows.forEach(row -> Pattern.compile("`([^`]+)`").matcher(row.split("\\|")[1]).results()
                .forEach(path -> documented.add(path.group(1).replaceFirst("/.*", ""))));
        try (var found = Files.list(daemon.root())) {
            for (Path place : found.toList()) {
                assertTrue(documented.contains(place.getFileName().toString()), place + " is not in docs/layout.md");
            }
        }
        for (String docker : List.of("containers", "image", "network", "plugins", "runtimes", "swarm", "tmp", "trust", "volumes", "builder", "containerd")) {
            String row = rows.stream().filter(line -> line.split("\\|").length == 3 && line.contains("`" + docker + "/`")).findFirst().orElse("");
            assertTrue(row.split("\\|").length == 3 && !row.split("\\|")[2].isBlank(), docker + " has no counterpart and no reason");
        }
    }
}

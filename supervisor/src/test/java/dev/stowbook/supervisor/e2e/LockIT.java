package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.DocumentedTree;
import dev.stowbook.supervisor.registry.DockerRegistry;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lock files from one host to another: a daemon with overlay makes them, one with vfs runs by them, and umoci with the program of the documentation says
 * what is true.
 */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LockIT {
    private DockerRegistry registry;
    private RegistryDaemon first;
    private RegistryDaemon second;
    private Path work;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        work = Files.createDirectory(directory.resolve("work"));
        registry = DockerRegistry.plain(directory.resolve("registry"));
        String insecure = "insecure: {\"" + registry.host() + "\": http}";
        first = RegistryDaemon.start(Files.createDirectory(directory.resolve("first")), insecure, "attempts: 2");
        Path other = Files.createDirectory(directory.resolve("second"));
        Files.writeString(other.resolve("config.yaml"), "drivers: {graph: vfs}\nregistries:\n  " + insecure + "\n  attempts: 2\n");
        second = new RegistryDaemon(DaemonProcess.start(other), other);
    }

    @AfterAll
    void stop() throws Exception {
        try (DockerRegistry last = registry) {
            try {
                first.daemon().close();
            } finally {
                second.daemon().close();
            }
        }
    }

    private static Command on(RegistryDaemon host, String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of("-H", "unix://" + host.daemon().run().resolve("api.sock")));
        all.addAll(List.of(words));
        return Command.stowbook(all.toArray(new String[0]));
    }

    private static String good(Command command) {
        assertEquals(0, command.exitCode(), command.out() + command.err());
        return command.out();
    }

    /** It must be refused with that exit code. @return what it said */
    private static String refused(int exitCode, Command command) {
        assertEquals(exitCode, command.exitCode(), command.out() + command.err());
        return command.out() + command.err();
    }

    /** A manifest of a pod that writes what the image's {@code /text0} says, in a file of its own. */
    private Path manifest(String pod, String image) throws IOException {
        return Files.writeString(work.resolve(pod + ".yaml"), """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  restartPolicy: Never
                  containers: [{name: main, image: "%s", command: [cat, /text0]}]
                """.formatted(pod, image));
    }

    private Path lockOf(Path manifest) {
        return manifest.resolveSibling(manifest.getFileName().toString().replace(".yaml", ".lock.yaml"));
    }

    /** A field of a lock of one image. */
    private static List<String> locked(Path lock, String field) throws IOException {
        return Files.readAllLines(lock).stream().map(String::strip).filter(line -> line.startsWith(field + ": ")).map(line -> line.substring(field.length() + 2)).toList();
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(String what, Condition condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < end, "did not come about in 60 s: " + what);
            Thread.sleep(20);
        }
    }

    /** Waits until a pod's container has written a text; a pod that is being replaced may not be there for a moment. */
    private static void writes(RegistryDaemon host, String pod, String text) throws Exception {
        await(pod + " writes " + text, () -> {
            Rest.Answer answer = host.rest().get("/v1/containers/" + pod + "/logs");
            return answer.status() == 200 && answer.text().equals(text);
        });
    }

    private static String skopeo(String reference, String... options) throws Exception {
        return DockerRegistry.run(Stream.of(List.of("skopeo", "inspect", "--tls-verify=false"), List.of(options), List.of("docker://" + reference))
                .flatMap(List::stream)
                .toArray(String[]::new));
    }

    /** The tree that umoci unpacks, as the documentation says to digest it. */
    private String unpacked(Path layout) throws Exception {
        Path bundle = Files.createTempDirectory(work, "bundle-").resolve("b");
        DockerRegistry.run("umoci", "unpack", "--image", layout + ":app", bundle.toString());
        return DocumentedTree.of(work, bundle.resolve("rootfs").toString());
    }

    @Test
    void i21_aLockReCreatesTheTreeOnASecondHostWhateverTheTagNamesByThen() throws Exception {
        String image = registry.host() + "/moving:1";
        Path before = first.layout("before");
        RegistryDaemon.push(before, image);
        Path manifest = manifest("moving", image);
        assertTrue(good(on(first, "image", "lock", "-f", manifest.toString())).contains("moving.lock.yaml: 1 image locked"));
        Path lock = lockOf(manifest);
        String pinned = skopeo(image, "--format={{.Digest}}").strip();
        JsonNode config = new ObjectMapper().readTree(skopeo(image, "--config", "--raw"));
        assertEquals(List.of(pinned), locked(lock, "manifest"));
        assertEquals(List.of("\"" + registry.host() + "/moving\""), locked(lock, "repository"));
        assertEquals(List.of(Digest.of(skopeo(image, "--config", "--raw").getBytes(StandardCharsets.UTF_8)).toString()), locked(lock, "config"));
        List<String> diffIds = new ArrayList<>();
        config.at("/rootfs/diff_ids").forEach(each -> diffIds.add("  - " + each.asText()));
        assertEquals(diffIds, Files.readAllLines(lock).stream().filter(line -> line.startsWith("  - ")).toList());
        String tree = unpacked(before);
        assertEquals(List.of(tree), locked(lock, "tree"));
        assertEquals(0, on(first, "image", "lock", "-f", manifest.toString(), "--check").exitCode());

        RegistryDaemon.push(first.layout("after"), image);
        String differs = refused(1, on(first, "image", "lock", "-f", manifest.toString(), "--check"));
        assertTrue(differs.contains(image + " for linux/") && differs.contains(": manifest was " + pinned + ", is " + skopeo(image, "--format={{.Digest}}").strip()), differs);
        assertEquals(List.of(tree), locked(lock, "tree"), "--check writes nothing");
        assertEquals("moving created\n", good(on(second, "apply", "-f", manifest.toString(), "--locked")));
        writes(second, "moving", "before");
        Pods pods = new Pods(second.rest());
        JsonNode pin = pods.event("PodCreated", "\"moving\"").at("/data/spec/containers/0/pin");
        assertEquals(pinned, pin.get("manifest").asText(), pin.toString());
        assertEquals(tree, pin.get("tree").asText());
        assertEquals(tree, pods.event("TreeDigested", pin.get("image").asText()).at("/data/tree").asText(), "the tree of vfs");
        assertEquals(pinned, pods.event("PullStarted", "/moving@").at("/data/manifest").asText());
        assertTrue(good(on(second, "why", "moving")).contains("image " + image + " locked as " + pinned));
        assertFalse(good(on(second, "image", "ls")).contains(image + " "), "the pull has moved a tag");
        assertEquals("moving unchanged\n", good(on(second, "apply", "-f", manifest.toString(), "--locked")));

        good(on(first, "image", "lock", "-f", manifest.toString()));
        assertEquals("moving replaced\n", good(on(second, "apply", "-f", manifest.toString(), "--locked")));
        writes(second, "moving", "after");
    }

    /** A change made by hand in what the graph driver keeps, and undone again. */
    private static void inStore(RegistryDaemon host, String content, String command) throws Exception {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> all = Files.walk(host.daemon().root())) {
            for (Path path : all.filter(each -> each.endsWith("text0") && Files.isRegularFile(each)).toList()) {
                if (Files.readString(path).startsWith(content)) {
                    found.add(path);
                }
            }
        }
        assertFalse(found.isEmpty());
        for (Path path : found) {
            DockerRegistry.run("sh", "-c", command + " " + path);
        }
    }

    @Test
    void i21_aLayerThatWasTamperedWithIsRefusedByItsTree() throws Exception {
        String image = registry.host() + "/tampered:1";
        RegistryDaemon.push(first.layout("tamper with me", "more"), image);
        Path manifest = manifest("tampered", image);
        good(on(first, "image", "lock", "-f", manifest.toString()));
        good(on(second, "pull", image));
        String tree = locked(lockOf(manifest), "tree").getFirst();
        for (List<String> change : List.of(List.of("chmod 4755", "chmod 0644"), List.of("chown 7", "chown 0"), List.of("truncate -s 15", "truncate -s 14"))) {
            inStore(second, "tamper with me", change.get(0));
            String said = refused(4, on(second, "apply", "-f", manifest.toString(), "--locked"));
            assertTrue(said.contains("pod tampered, container main: image " + image + ": its tree differs: ") && said.contains(tree), said);
            inStore(second, "tamper with me", change.get(1));
        }
        assertEquals(404, second.rest().get("/v1/pods/tampered").status(), "nothing of it was applied");
        good(on(second, "apply", "-f", manifest.toString(), "--locked"));
        writes(second, "tampered", "tamper with me");

        inStore(first, "tamper with me", "chmod 4755");
        String differs = refused(1, on(first, "image", "lock", "-f", manifest.toString(), "--check"));
        assertTrue(differs.contains("tree was " + tree), differs);
        String unlocked = refused(4, on(first, "image", "lock", "-f", manifest.toString()));
        assertTrue(unlocked.contains("image " + image + ": its files in this store come to the tree ") && unlocked.contains(tree), unlocked);
        assertEquals(List.of(tree), locked(lockOf(manifest), "tree"), "a damaged image was locked");
        String found = refused(1, on(first, "fsck"));
        assertTrue(found.contains("damaged tree " + locked(lockOf(manifest), "config").getFirst()) && found.contains(tree), found);
        inStore(first, "tamper with me", "chmod 0644");
        good(on(first, "fsck"));
        good(on(first, "image", "lock", "-f", manifest.toString(), "--check"));
    }

    /** Puts an index of two tags' images under a third tag. */
    private String index(String repository, Map<String, String> tagsOfArchitectures) throws Exception {
        List<String> manifests = new ArrayList<>();
        for (Map.Entry<String, String> each : tagsOfArchitectures.entrySet()) {
            byte[] bytes = skopeo(registry.host() + "/" + repository + ":" + each.getValue(), "--raw").getBytes(StandardCharsets.UTF_8);
            manifests.add("{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"size\":" + bytes.length + ",\"digest\":\"" + Digest.of(bytes)
                    + "\",\"platform\":{\"os\":\"linux\",\"architecture\":\"" + each.getKey() + "\"}}");
        }
        String index = "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[" + String.join(",", manifests) + "]}";
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + registry.host() + "/v2/" + repository + "/manifests/both"))
                .header("Content-Type", "application/vnd.oci.image.index.v1+json")
                .PUT(HttpRequest.BodyPublishers.ofString(index))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertEquals(201, client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode());
        }
        return Digest.of(index.getBytes(StandardCharsets.UTF_8)).toString();
    }

    @Test
    void i21_eachPlatformOfAnIndexIsLockedForItself() throws Exception {
        Path one = first.layout("for this host");
        Path other = first.layout("for another");
        RegistryDaemon.push(one, registry.host() + "/arch:one");
        RegistryDaemon.push(other, registry.host() + "/arch:other");
        String host = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
        String foreign = host.equals("amd64") ? "arm64" : "amd64";
        String index = index("arch", Map.of(host, "one", foreign, "other"));
        String image = registry.host() + "/arch:both";
        Path manifest = manifest("arch", image);
        Path lock = lockOf(manifest);
        good(on(first, "image", "lock", "-f", manifest.toString(), "--platform", "linux/" + foreign));
        String said = refused(4, on(second, "apply", "-f", manifest.toString(), "--locked"));
        assertTrue(said.contains("pod arch, container main: image " + image + ": the lock " + lock + " names it for linux/" + foreign + " only, and this host is linux/" + host), said);
        good(on(first, "image", "lock", "-f", manifest.toString(), "--platform", "linux/" + foreign, "--platform", "linux/" + host));
        assertEquals(Stream.of(host, foreign).sorted().map(each -> "linux/" + each).toList(), locked(lock, "platform"));
        assertEquals(List.of(index, index), locked(lock, "index"));
        List<String> trees = host.equals("amd64") ? List.of(unpacked(one), unpacked(other)) : List.of(unpacked(other), unpacked(one));
        assertEquals(trees, locked(lock, "tree"));
        assertNotEquals(trees.get(0), trees.get(1));
        assertEquals(404, first.rest().get("/v1/images/" + Rest.encode(image)).status(), "locking gives no tags");
        assertEquals(404, first.rest().get("/v1/images/" + Rest.encode(registry.host() + "/arch@" + index)).status(), "an index names one platform's image and then another's");
        for (String each : locked(lock, "manifest")) {
            assertEquals(200, first.rest().get("/v1/images/" + Rest.encode(registry.host() + "/arch@" + each)).status());
        }
        assertEquals(0, on(first, "image", "lock", "-f", manifest.toString(), "--platform", "linux/" + foreign, "--platform", "linux/" + host, "--check").exitCode());
        String missing = refused(1, on(first, "image", "lock", "-f", manifest.toString(), "--check"));
        assertTrue(missing.contains(image + " for linux/" + foreign + ": no manifest has it, or not for that platform"), missing);
        good(on(second, "apply", "-f", manifest.toString(), "--locked"));
        writes(second, "arch", "for this host");
    }

    @Test
    void i21_anImageThatWasLoadedIsLockedByWhatItIs() throws Exception {
        Path archive = work.resolve("loaded.tar");
        DockerRegistry.run("skopeo", "copy", "-q", "oci:" + first.layout("loaded") + ":app", "docker-archive:" + archive + ":stowbook-test/loaded:1");
        JsonNode image = new ObjectMapper().readTree(good(on(first, "image", "load", archive.toString(), "-o", "json"))).at("/0/images/0");
        String reference = image.at("/references/0").asText();
        Path manifest = manifest("loaded", reference);
        Path lock = lockOf(manifest);
        good(on(first, "image", "lock", "-f", manifest.toString()));
        assertEquals(List.of(), locked(lock, "manifest"), Files.readString(lock));
        assertEquals(List.of(image.get("id").asText()), locked(lock, "config"));
        String said = refused(3, on(second, "apply", "-f", manifest.toString(), "--locked"));
        assertTrue(said.contains("came from no registry") && said.contains(image.get("id").asText()) && said.contains("stowbook image load"), said);
        good(on(second, "image", "load", archive.toString()));
        good(on(second, "apply", "-f", manifest.toString(), "--locked"));
        writes(second, "loaded", "loaded");
        String other = refused(3, on(first, "image", "lock", "-f", manifest.toString(), "--platform", "linux/s390x"));
        assertTrue(other.contains("there is none for linux/s390x"), other);
    }

    /** Applies with the lock changed by hand. @return the refusal */
    private String changed(Path manifest, int exitCode, String from, String to) throws Exception {
        Path lock = lockOf(manifest);
        String whole = Files.readString(lock);
        assertTrue(whole.contains(from), from);
        Path wrong = Files.writeString(work.resolve("wrong.lock.yaml"), whole.replace(from, to));
        return refused(exitCode, on(second, "apply", "-f", manifest.toString(), "--locked", "--lock", wrong.toString()));
    }

    @Test
    void i21_whateverDiffersIsRefusedByName() throws Exception {
        String image = registry.host() + "/named:1";
        RegistryDaemon.push(first.layout("named"), image);
        String tool = registry.host() + "/named:2";
        RegistryDaemon.push(first.layout("another"), tool);
        Path manifest = manifest("named", image);
        Path lock = lockOf(manifest);
        String none = refused(1, on(second, "apply", "-f", manifest.toString(), "--locked"));
        assertTrue(none.contains("there is no lock file '" + lock + "'"), none);
        good(on(first, "image", "lock", "-f", manifest.toString()));
        String name = "pod named, container main: image " + image + ": ";
        String wrong = "sha256:" + "0".repeat(64);
        String file = work.resolve("wrong.lock.yaml").toString();

        assertTrue(changed(manifest, 4, image, tool).contains(name + "the lock " + file + " does not name it"));
        assertTrue(changed(manifest, 1, "stowbook.dev/v1", "stowbook.dev/v7").contains(file + ":2:1: apiVersion: is a lock of version 'stowbook.dev/v7'"));
        assertTrue(changed(manifest, 1, "tree: ", "three: ").contains("did you mean 'tree'?"));
        assertTrue(changed(manifest, 4, "/named\"", "/other\"").contains(name + "the lock " + file + " says that it comes from " + registry.host() + "/other"));
        String config = locked(lock, "config").getFirst();
        assertTrue(changed(manifest, 3, "manifest: " + locked(lock, "manifest").getFirst(), "manifest: " + wrong).contains(wrong));
        assertTrue(changed(manifest, 4, config, wrong).contains(name + "its config differs: the manifest " + locked(lock, "manifest").getFirst() + " has " + config));
        String diffId = Files.readAllLines(lock).stream().filter(line -> line.startsWith("  - ")).toList().get(1).substring(4);
        assertTrue(changed(manifest, 4, diffId, wrong).contains(name + "its diffIds differ: layer 2 is " + diffId));
        assertTrue(changed(manifest, 4, "tree: " + locked(lock, "tree").getFirst(), "tree: " + wrong).contains(name + "its tree differs: "));
        String index = "sha256:" + "e".repeat(64);
        String manifestDigest = locked(lock, "manifest").getFirst();
        String other = skopeo(tool, "--format={{.Digest}}").strip();
        String led = changed(manifest, 4, "manifest: " + manifestDigest + "\n  config: " + config,
                "index: " + other + "\n    manifest: " + manifestDigest + "\n  config: " + index);
        assertTrue(led.contains("leads to the manifest " + other) && led.contains("not to " + manifestDigest), led);
        assertEquals(404, second.rest().get("/v1/pods/named").status(), "nothing of it was applied");
        assertEquals(2, on(second, "apply", "-f", manifest.toString(), "--lock", lock.toString()).exitCode(), "--lock without --locked");
    }

    @Test
    void i21_manifestsShareALockAndJsonIsReadAsWell() throws Exception {
        String image = registry.host() + "/shared:1";
        RegistryDaemon.push(first.layout("shared"), image);
        String tool = registry.host() + "/shared:2";
        RegistryDaemon.push(first.layout("tool"), tool);
        Path one = manifest("shared-one", image);
        Path two = manifest("shared-two", tool);
        Path lock = work.resolve("shared.lock.json");
        assertTrue(good(on(first, "image", "lock", "-f", one.toString(), "-f", two.toString(), "--lock", lock.toString())).contains("2 images locked"));
        assertEquals(2, new ObjectMapper().readTree(lock.toFile()).get("images").size());
        String again = Files.readString(lock);
        good(on(first, "image", "lock", "-f", two.toString(), "-f", one.toString(), "--lock", lock.toString()));
        assertEquals(again, Files.readString(lock), "the same images give the same bytes");
        good(on(second, "apply", "-f", one.toString(), "-f", two.toString(), "--locked", "--lock", lock.toString()));
        writes(second, "shared-one", "shared");
        writes(second, "shared-two", "tool");
        good(on(first, "image", "lock", "-f", one.toString(), "-f", two.toString()));
        assertTrue(Files.exists(lockOf(one)) && Files.exists(lockOf(two)), "each beside its manifest");
    }
}

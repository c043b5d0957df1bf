package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.supervisor.registry.DockerRegistry;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Pulls and pushes through the whole daemon, with Debian's docker-registry on the loopback; read back by skopeo, from the disk and from the book. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PullIT {
    private RegistryDaemon daemon;
    private DockerRegistry registry;
    private DockerRegistry locked;
    private Rest rest;
    private Pods pods;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        registry = DockerRegistry.plain(directory.resolve("registry"));
        locked = DockerRegistry.withLogin(directory.resolve("locked"));
        daemon = RegistryDaemon.start(
                Files.createDirectory(directory.resolve("daemon")),
                "insecure: {\"" + registry.host() + "\": http, \"" + locked.host() + "\": http}",
                "credentials: " + directory.resolve("daemon/config.json"),
                "attempts: 2");
        rest = daemon.rest();
        pods = new Pods(rest);
    }

    @AfterAll
    void stop() throws Exception {
        try (DockerRegistry one = registry;
                DockerRegistry other = locked) {
            daemon.daemon().close();
        }
    }

    private static String skopeo(String what, String reference) throws Exception {
        return DockerRegistry.run("skopeo", "inspect", "--tls-verify=false", what, "docker://" + reference).strip();
    }

    private JsonNode pull(String reference) throws IOException {
        return last(rest.post("/v1/images/pull?reference=" + Rest.encode(reference)));
    }

    private JsonNode push(String reference) throws IOException {
        return last(rest.post("/v1/images/push?reference=" + Rest.encode(reference)));
    }

    private static JsonNode last(Rest.Answer answer) throws IOException {
        List<String> lines = answer.text().lines().toList();
        return new ObjectMapper().readTree(lines.getLast());
    }

    private List<String> blobGets(int from) throws IOException {
        List<String> all = registry.requests();
        return all.subList(from, all.size()).stream().filter(request -> request.matches("GET /v2/.*/blobs/.*")).toList();
    }

    @Test
    void i12_aSecondPullOfASharedLayerFetchesOnlyWhatIsNew() throws Exception {
        Path one = daemon.layout("shared " + System.nanoTime());
        RegistryDaemon.push(one, registry.host() + "/shared/one:v1");
        DockerRegistry.run("umoci", "config", "--image", one + ":app", "--config.env", "MORE=1");
        RegistryDaemon.push(one, registry.host() + "/shared/two:v1");
        String first = registry.host() + "/shared/one:v1";
        JsonNode pulled = pull(first);
        assertEquals(skopeo("--format={{.Digest}}", first), pulled.get("digest").asText());
        int before = registry.requests().size();
        JsonNode again = pull(registry.host() + "/shared/two:v1");
        List<String> gets = blobGets(before);
        assertEquals(1, gets.size(), "its configuration, and no layer: " + gets);
        assertTrue(gets.getFirst().endsWith(again.get("id").asText()), gets.toString());
        JsonNode resolved = pods.event("ManifestResolved", "shared/two");
        assertEquals(2, resolved.get("data").get("layers").size());
        for (JsonNode layer : resolved.get("data").get("layers")) {
            assertEquals(2, pods.events("LayerPulled", layer.asText()).size(), "fetched for the first, known for the second");
        }
        assertEquals(List.of(), daemon.spools());
    }

    @Test
    void i12_twoClientsThatPullOneImageFetchEachLayerOnce() throws Exception {
        RegistryDaemon.push(daemon.layout("a" + System.nanoTime(), "b", "c", "d"), registry.host() + "/once:v1");
        int before = registry.requests().size();
        List<CompletableFuture<JsonNode>> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            clients.add(CompletableFuture.supplyAsync(() -> {
                try {
                    return pull(registry.host() + "/once:v1");
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }));
        }
        for (CompletableFuture<JsonNode> client : clients) {
            assertTrue(client.get().has("id"), client.get().toString());
        }
        JsonNode image = rest.get("/v1/images/" + Rest.encode(registry.host() + "/once:v1")).ok().json();
        String config = image.get("id").asText();
        List<String> layers = blobGets(before).stream().filter(request -> !request.endsWith(config)).toList();
        assertEquals(layers.stream().distinct().toList(), layers, "a layer was fetched twice");
    }

    @Test
    void i13_aPulledImageRunsAndItsBookTellsHowItCame() throws Exception {
        String reference = registry.host() + "/run:v1";
        RegistryDaemon.push(daemon.layout("content"), reference);
        String output = pods.output("pulled", """
                apiVersion: v1
                kind: Pod
                metadata: {name: pulled}
                spec:
                  restartPolicy: Never
                  containers: [{name: main, image: "%s", command: [sh, -c, 'cat /text0; echo " $FROM"']}]
                """.formatted(reference));
        assertTrue(output.contains("content umoci"), output);
        JsonNode started = pods.event("PullStarted", reference);
        JsonNode done = pods.event("ImagePulled", reference);
        assertEquals(started.get("sequence").asLong(), done.get("data").get("transfer").asLong(), done.toString());
        assertEquals(skopeo("--format={{.Digest}}", reference), done.get("data").get("digest").asText());
        assertEquals(2, pods.event("BlobsKnown", done.get("data").get("image").asText().isEmpty() ? "" : registry.host() + "/run").get("data").get("blobs").size());
    }

    @Test
    void aPullOfWhatIsNotThereNamesTheContainerThatWantsIt() throws Exception {
        Rest.Answer answer = rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: wants}
                spec:
                  containers: [{name: main, image: "%s/nothing:v1"}]
                """.formatted(registry.host()));
        assertEquals(404, answer.status(), answer.text());
        assertTrue(answer.text().contains("pod wants, container main: image " + registry.host() + "/nothing:v1: registry " + registry.host() + " has no "),
                answer.text());
        assertEquals(1, pods.events("PullFailed", "nothing:v1").size());
    }

    @Test
    void theWordNeverIsKept() throws Exception {
        int before = registry.requests().size();
        Rest.Answer answer = rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: never}
                spec:
                  containers: [{name: main, image: "%s/never:v1", imagePullPolicy: Never}]
                """.formatted(registry.host()));
        assertEquals(404, answer.status(), answer.text());
        assertTrue(answer.text().contains("there is no image"), answer.text());
        assertEquals(before, registry.requests().size());
    }

    @Test
    void i10_i12_whatWasPulledIsPushedWithTheSameConfigurationAndLayers() throws Exception {
        String from = registry.host() + "/origin/app:v1";
        RegistryDaemon.push(daemon.layout("pushed", "twice"), from);
        JsonNode pulled = pull(from);
        String same = registry.host() + "/copy/app:v2";
        rest.post("/v1/images/tag?source=" + Rest.encode(from) + "&target=" + Rest.encode(same)).ok();
        int before = registry.requests().size();
        JsonNode pushed = push(same);
        assertTrue(pushed.has("digest"), pushed.toString());
        List<String> requests = registry.requests().subList(before, registry.requests().size());
        assertEquals(3, requests.stream().filter(r -> r.matches("POST /v2/copy/app/blobs/uploads/\\?.*mount=.*")).count(), requests.toString());
        assertEquals(List.of(), requests.stream().filter(r -> r.startsWith("PATCH ")).toList(), "a layer was sent though the registry has it");
        assertEquals(pushed.get("digest").asText(), skopeo("--format={{.Digest}}", same));
        assertEquals(skopeo("--config", from), skopeo("--config", same));
        assertEquals(pulled.get("id").asText(), "sha256:" + sha256(DockerRegistry.run("skopeo", "inspect", "--tls-verify=false", "--raw", "--config", "docker://" + same)));
        // To another registry all bytes have to go, gzipped anew; the layers are the same when they are undone.
        String far = locked.host() + "/far:v1";
        rest.post("/v1/images/tag?source=" + Rest.encode(from) + "&target=" + Rest.encode(far)).ok();
        Files.writeString(daemon.directory().resolve("config.json"), "{\"auths\":{\"" + locked.host() + "\":{\"auth\":\""
                + java.util.Base64.getEncoder().encodeToString((DockerRegistry.USER + ":" + DockerRegistry.PASSWORD).getBytes()) + "\"}}}");
        assertTrue(push(far).has("digest"));
        Path copy = Files.createTempDirectory(daemon.directory(), "copy-");
        DockerRegistry.run("skopeo", "copy", "-q", "--src-tls-verify=false", "--src-creds", DockerRegistry.USER + ":" + DockerRegistry.PASSWORD,
                "docker://" + far, "dir:" + copy);
        JsonNode manifest = new ObjectMapper().readTree(copy.resolve("manifest.json").toFile());
        JsonNode config = new ObjectMapper().readTree(copy.resolve(manifest.get("config").get("digest").asText().substring(7)).toFile());
        for (int i = 0; i < 3; i++) {
            Path blob = copy.resolve(manifest.get("layers").get(i).get("digest").asText().substring(7));
            String sum = DockerRegistry.run("sh", "-c", "gunzip < " + blob + " | sha256sum").split(" ")[0];
            assertEquals(config.get("rootfs").get("diff_ids").get(i).asText(), "sha256:" + sum);
        }
        assertEquals(2, pods.events("ImagePushed", "").size());
    }

    private static String sha256(String text) throws Exception {
        byte[] sum = java.security.MessageDigest.getInstance("SHA-256").digest(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return java.util.HexFormat.of().formatHex(sum);
    }

    /** Several times: the gzip of a layer that breaks off must never look whole, whoever is faster, who reads it or who finds out. */
    @Test
    void i15_aLayerThatIsDamagedOnTheDiskIsNeverPushed() throws Exception {
        String name = registry.host() + "/hurt:v1";
        byte[] tar = new TarBytes().file("hurt-" + System.nanoTime(), 0644, "as it came").bytes();
        rest.post("/v1/images/import?reference=" + Rest.encode(name), "application/x-tar", tar).ok();
        try (Stream<Path> files = Files.walk(daemon.daemon().root().resolve("overlay"), 3)) {
            Path file = files.filter(each -> each.getFileName().toString().startsWith("hurt-")).findFirst().orElseThrow();
            Files.writeString(file, "as it hurt");
        }
        int before = registry.requests().size();
        for (int i = 0; i < 5; i++) {
            JsonNode failed = push(name);
            assertTrue(failed.at("/error/message").asText().contains("is not what it was when the layer came"), failed.toString());
        }
        List<String> requests = registry.requests().subList(before, registry.requests().size());
        assertEquals(List.of(), requests.stream().filter(request -> request.startsWith("PUT /v2/hurt/manifests")).toList());
        rest.delete("/v1/images/" + Rest.encode(name)).ok();
    }

    @Test
    void i13_aDamagedBlobIsRefusedAndNothingIsLeftOnDisk() throws Exception {
        RegistryDaemon.push(daemon.layout("damaged " + System.nanoTime(), "more"), registry.host() + "/damaged:v1");
        JsonNode manifest = new ObjectMapper().readTree(
                DockerRegistry.run("skopeo", "inspect", "--tls-verify=false", "--raw", "docker://" + registry.host() + "/damaged:v1"));
        String digest = manifest.get("layers").get(2).get("digest").asText().substring(7);
        Path blob = registry.blob(digest);
        byte[] bytes = Files.readAllBytes(blob);
        bytes[bytes.length - 1] ^= 1;
        Files.write(blob, bytes);
        List<String> before = daemon.content();
        JsonNode failed = pull(registry.host() + "/damaged:v1");
        assertTrue(failed.get("error").get("message").asText().contains("damaged or forged"), failed.toString());
        assertEquals(before, daemon.content());
        assertEquals(List.of(), daemon.spools());
        assertEquals(404, rest.get("/v1/images/" + Rest.encode(registry.host() + "/damaged:v1")).status());
        assertEquals("INVALID", pods.event("PullFailed", "damaged:v1").get("data").get("code").asText());
    }

    @Test
    void i13_aLoginIsKeptForItsOwnerSentToItsRegistryAndWrittenNowhereElse() throws Exception {
        RegistryDaemon.push(daemon.layout("locked"), locked.host() + "/app:v1", "--dest-creds", DockerRegistry.USER + ":" + DockerRegistry.PASSWORD);
        Files.deleteIfExists(daemon.directory().resolve("config.json")); // the daemon has a login of its own in another test
        Path home = Files.createTempDirectory(daemon.directory(), "home-");
        String socket = "unix://" + daemon.daemon().run().resolve("api.sock");
        String stowbook = Command.REPOSITORY.resolve("bin/stowbook") + " -H " + socket;
        String without = shell(home, stowbook + " pull " + locked.host() + "/app:v1 2>&1 || true");
        assertTrue(without.contains("run 'stowbook login " + locked.host() + "'"), without);
        String wrong = shell(home, "echo wrong | " + stowbook + " login -u ann --password-stdin " + locked.host() + " 2>&1 || true");
        assertTrue(wrong.contains("does not accept the login of ann"), wrong);
        shell(home, "echo '" + DockerRegistry.PASSWORD + "' | " + stowbook + " login -u " + DockerRegistry.USER + " --password-stdin " + locked.host());
        Path kept = home.resolve(".docker/config.json");
        assertEquals("rw-------", java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)));
        String pulled = shell(home, stowbook + " --trace-http pull " + locked.host() + "/app:v1 2>&1");
        assertTrue(pulled.contains("/app:v1 pulled"), pulled);
        String secret = java.util.Base64.getEncoder().encodeToString((DockerRegistry.USER + ":" + DockerRegistry.PASSWORD).getBytes());
        for (String text : List.of(pulled, daemon.daemon().log(), String.join("\n", rest.events(1).stream().map(JsonNode::toString).toList()))) {
            assertTrue(!text.contains(DockerRegistry.PASSWORD) && !text.contains(secret.substring(0, 12)), "a secret is told");
        }
        shell(home, stowbook + " logout " + locked.host());
        assertTrue(!Files.readString(kept).contains(secret), Files.readString(kept));
        // skopeo takes what stowbook login wrote
        shell(home, "echo '" + DockerRegistry.PASSWORD + "' | " + stowbook + " login -u " + DockerRegistry.USER + " --password-stdin " + locked.host());
        shell(home, "skopeo inspect --authfile " + kept + " --tls-verify=false docker://" + locked.host() + "/app:v1");
    }

    private static String shell(Path home, String script) throws Exception {
        return DockerRegistry.run("env", "-u", "DOCKER_CONFIG", "HOME=" + home, "sh", "-c", script);
    }

    @Test
    void aPullThatTheDaemonDiedInIsToldOfAsFailedAndDoneAgain() throws Exception {
        Path large = daemon.layout("x".repeat(1 << 20) + System.nanoTime());
        RegistryDaemon.push(large, registry.host() + "/killed:v1");
        CompletableFuture<Void> pulling = CompletableFuture.runAsync(() -> {
            try {
                pull(registry.host() + "/killed:v1");
            } catch (IOException | RuntimeException e) {
                // the daemon died in the middle of it
            }
        });
        Thread.sleep(20 + System.nanoTime() % 60);
        daemon.daemon().killHard();
        pulling.join();
        daemon.daemon().restart();
        long begun = pods.events("PullStarted", "killed:v1").size();
        assertEquals(begun, pods.events("PullFailed", "killed:v1").size() + pods.events("ImagePulled", "killed:v1").size());
        assertTrue(pull(registry.host() + "/killed:v1").has("id"));
        assertEquals(List.of(), daemon.spools());
    }
}

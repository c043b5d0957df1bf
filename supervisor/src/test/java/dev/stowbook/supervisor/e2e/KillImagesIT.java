package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.supervisor.registry.DockerRegistry;
import dev.stowbook.testkit.KernelSnapshot;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The daemon is killed at random moments of what is done with images: what was acknowledged holds, the store has what the book names and nothing
 * else, and the same once more succeeds.
 */
@RequiresRoot
class KillImagesIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private final int kills = "all".equals(System.getProperty("stowbook.tests")) ? 100 : 12;
    private final Map<String, Deed> deeds = new LinkedHashMap<>();
    private DaemonProcess daemon;
    private Random random;

    /** Something done by one request: does it, and says whether it was acknowledged; a negative wish is that the name is gone afterwards. */
    private record Deed(String name, String reference, boolean present, Request before, Request request) {}

    private interface Request {
        Rest.Answer send(Rest rest) throws IOException;
    }

    @Test
    void whateverIsDoneWithImagesAKillLeavesNothingHalf(@TempDir Path directory) throws Exception {
        long seed = Long.getLong("stowbook.seed", new Random().nextLong(1L << 40));
        System.out.println("kill -9 with images: " + kills + " kills, seed " + seed);
        random = new Random(seed);
        KernelSnapshot before = KernelSnapshot.take(KernelSnapshot.Filter.ofKernelOnly(directory.toString()));
        try (DockerRegistry registry = DockerRegistry.plain(directory.resolve("registry"))) {
            Path own = Files.createDirectory(directory.resolve("daemon"));
            Files.writeString(own.resolve("config.yaml"), "registries:\n  insecure: {\"" + registry.host() + "\": http}\n");
            daemon = DaemonProcess.start(own);
            try {
                killAndCompare(directory, registry);
            } finally {
                daemon.close();
            }
        }
        KernelSnapshot.assertNothingLeft(before);
    }

    private void killAndCompare(Path directory, DockerRegistry registry) throws Exception {
        prepare(directory, registry);
        Map<String, Long> took = new LinkedHashMap<>();
        for (Deed deed : deeds.values()) {
            took.put(deed.name(), succeed(deed));
        }
        System.out.println("  milliseconds without a kill: " + took);
        assertEquals(List.of(), new StoreAudit(daemon).objections());
        for (int kill = 0; kill < kills; kill++) {
            Deed deed = List.copyOf(deeds.values()).get(kill % deeds.size());
            killWithin(deed, took.get(deed.name()));
        }
        end();
    }

    private void prepare(Path directory, DockerRegistry registry) throws Exception {
        daemon.importBusybox();
        byte[] one = archive("kept:1", 1, 2);
        byte[] two = archive("kept:2", 1, 3);
        Path file = Files.write(directory.resolve("archive.tar"), archive("pulled", 1, 4, 5));
        String remote = registry.host() + "/pulled:1";
        DockerRegistry.run("skopeo", "copy", "-q", "--dest-tls-verify=false", "docker-archive:" + file, "docker://" + remote);
        byte[] context = new TarBytes()
                .file("Dockerfile", 0644, "FROM busybox\nCOPY data /data\nRUN echo more > /more\nENV A=b\nRUN rm /data\n")
                .file("data", 0644, noise(6, 1 << 20)).bytes();
        daemon.rest().postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: writer}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers: [{name: main, image: busybox, command: [sh, -c, "dd if=/dev/urandom of=/big bs=1M count=3; sleep 100000"]}]
                """).ok();
        new Pods(daemon.rest()).await("writer", "running");
        add(new Deed("load", "kept:1", true, remove("kept:1"), rest -> rest.post("/v1/images/load", "application/x-tar", one)));
        add(new Deed("load beside", "kept:2", true, remove("kept:2"), rest -> rest.post("/v1/images/load", "application/x-tar", two)));
        add(new Deed("import", "imported:latest", true, remove("imported"), rest -> rest.post(
                "/v1/images/import?reference=imported", "application/x-tar", new TarBytes().file("data", 0644, noise(7, 3 << 20)).bytes())));
        add(new Deed("pull", remote, true, remove(remote), rest -> rest.post("/v1/images/pull?reference=" + Rest.encode(remote))));
        add(new Deed("build", "built:latest", true, remove("built"), rest -> rest.post(
                "/v1/build?tags=built&cache=false", "application/x-tar", context)));
        add(new Deed("commit", "committed:latest", true, remove("committed"), rest -> rest.postJson(
                "/v1/containers/writer/commit", "{\"reference\":\"committed\"}")));
        add(new Deed("rmi", "gone:latest", false, rest -> rest.post("/v1/images/load", "application/x-tar", archive("gone:latest", 1, 8)), remove("gone")));
        add(new Deed("tag", "again:latest", true, remove("again"), rest -> rest.post("/v1/images/tag?source=busybox&target=again")));
    }

    private void add(Deed deed) {
        deeds.put(deed.name(), deed);
    }

    private static Request remove(String name) {
        return rest -> rest.delete("/v1/images/" + Rest.encode(name));
    }

    /** What docker save would write: layers of many files, the same for the same seeds. */
    private static byte[] archive(String name, int... seeds) throws IOException {
        TarBytes all = new TarBytes();
        StringBuilder names = new StringBuilder();
        StringBuilder diffIds = new StringBuilder();
        for (int seed : seeds) {
            TarBytes layer = new TarBytes().directory("d" + seed, 0755);
            for (int i = 0; i < 200; i++) {
                layer.file("d" + seed + "/f" + i, 0644, noise(seed * 1000L + i, 10_000));
            }
            byte[] bytes = layer.bytes();
            all.file(seed + ".tar", 0644, bytes);
            names.append(names.isEmpty() ? "" : ",").append('"').append(seed).append(".tar\"");
            diffIds.append(diffIds.isEmpty() ? "" : ",").append('"').append(dev.stowbook.supervisor.image.Digest.of(bytes)).append('"');
        }
        String config = "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Env\":[\"NAME=" + name + "\"]},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
                + diffIds + "]}}";
        return all.file("config.json", 0644, config)
                .file("manifest.json", 0644, "[{\"Config\":\"config.json\",\"RepoTags\":[\"" + (name.contains(":") ? name : name + ":latest")
                        + "\"],\"Layers\":[" + names + "]}]").bytes();
    }

    private static byte[] noise(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static boolean acknowledged(Deed deed, Rest.Answer answer) {
        if (answer.status() != 200) {
            return !deed.present() && answer.status() == 404;
        }
        try {
            JsonNode last = JSON.readTree(answer.text().lines().reduce("", (one, other) -> other));
            return !last.has("error") && (last.has("id") || last.has("images") || last.has("removed"));
        } catch (IOException e) {
            return false; // cut off
        }
    }

    private long succeed(Deed deed) throws IOException {
        deed.before().send(daemon.rest());
        long begun = System.nanoTime();
        repeat(deed);
        return Math.max(1, (System.nanoTime() - begun) / 1_000_000);
    }

    private void repeat(Deed deed) throws IOException {
        Rest.Answer answer = deed.request().send(daemon.rest());
        assertTrue(acknowledged(deed, answer), deed.name() + ": " + answer.status() + " " + answer.text());
        assertEquals(deed.present(), isThere(deed), deed.name());
    }

    private boolean isThere(Deed deed) throws IOException {
        for (JsonNode image : daemon.rest().get("/v1/images").ok().json()) {
            for (JsonNode name : image.get("references")) {
                if (name.asText().equals(deed.reference())) {
                    return true;
                }
            }
        }
        return false;
    }

    private void killWithin(Deed deed, long usualMillis) throws Exception {
        deed.before().send(daemon.rest());
        CompletableFuture<Boolean> said = CompletableFuture.supplyAsync(() -> {
            try {
                return acknowledged(deed, deed.request().send(daemon.rest()));
            } catch (IOException | RuntimeException e) {
                return false; // the line is dead, as it should be
            }
        });
        long after = random.nextLong(usualMillis + usualMillis / 4 + 1);
        Thread.sleep(after);
        daemon.killHard();
        boolean acknowledged = said.get();
        if (random.nextInt(4) == 0) {
            daemon.restartWithoutWaiting();
            Thread.sleep(random.nextInt(1500));
            daemon.killHard();
        }
        daemon.restart();
        String when = deed.name() + ", killed after " + after + " ms of " + usualMillis + (acknowledged ? ", acknowledged" : "");
        assertEquals(List.of(), new StoreAudit(daemon).objections(), when);
        if (acknowledged) {
            assertEquals(deed.present(), isThere(deed), when);
        }
        repeat(deed);
        assertEquals(List.of(), new StoreAudit(daemon).objections(), when + ", and repeated");
    }

    /** Without images there is nothing left of them. */
    private void end() throws Exception {
        daemon.removeAllPods();
        for (JsonNode image : daemon.rest().get("/v1/images").ok().json()) {
            daemon.rest().delete("/v1/images/" + Rest.encode(image.get("id").asText()) + "?force=true").ok();
        }
        assertEquals(List.of(), new StoreAudit(daemon).objections());
        try (var left = Files.list(daemon.root().resolve("overlay"))) {
            assertEquals(List.of(), left.filter(path -> path.getFileName().toString().matches("[0-9a-f]{32,64}")).toList());
        }
    }
}

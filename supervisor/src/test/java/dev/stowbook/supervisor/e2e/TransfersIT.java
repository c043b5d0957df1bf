package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import dev.stowbook.supervisor.registry.DockerRegistry;
import dev.stowbook.supervisor.registry.HostileRegistry;
import dev.stowbook.testkit.RequiresRoot;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Transfers in the middle of their work: given up, shared, shown; beside a registry that sends no more than the test lets it. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TransfersIT {
    private static final long PATIENCE_SECONDS = 120;

    private final Random random = new Random(11);
    private HeldRegistry registry;
    private RegistryDaemon daemon;
    private Rest rest;
    private Pods pods;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        registry = new HeldRegistry();
        daemon = RegistryDaemon.start(
                Files.createDirectory(directory.resolve("daemon")), "insecure: {\"" + registry.host() + "\": http}", "attempts: 2", "parallelUploads: 2",
                "patience: 120s");
        rest = daemon.rest();
        pods = new Pods(rest);
    }

    @AfterAll
    void stop() throws Exception {
        try (HeldRegistry other = registry) {
            daemon.daemon().close();
        }
    }

    /** What no gzip makes smaller: so that it comes in many pieces. */
    private String noise(int bytes) {
        byte[] noise = new byte[bytes];
        random.nextBytes(noise);
        return HexFormat.of().formatHex(noise);
    }

    private String name(String repository) {
        return registry.host() + "/" + repository + ":v1";
    }

    private CompletableFuture<JsonNode> transfer(String verb, String reference) {
        CompletableFuture<JsonNode> last = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                List<String> lines = rest.post("/v1/images/" + verb + "?reference=" + Rest.encode(reference)).text().lines().toList();
                last.complete(new ObjectMapper().readTree(lines.getLast()));
            } catch (IOException | RuntimeException e) {
                last.completeExceptionally(e);
            }
        });
        return last;
    }

    private static JsonNode result(CompletableFuture<JsonNode> transfer) throws Exception {
        return transfer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private JsonNode awaitEvent(String type, String about, int count) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        List<JsonNode> found = pods.events(type, about);
        while (found.size() < count && System.nanoTime() < end) {
            Thread.sleep(50);
            found = pods.events(type, about);
        }
        assertEquals(count, found.size(), type + " about " + about + ": " + found);
        return found.getLast();
    }

    private List<String> command(String... words) {
        List<String> command = new ArrayList<>(List.of(
                Command.REPOSITORY.resolve("bin/stowbook").toString(), "-H", "unix://" + daemon.daemon().run().resolve("api.sock")));
        command.addAll(List.of(words));
        return command;
    }

    @Test
    void aPullThatIsInterruptedAtTheKeyboardLeavesNothingBehind() throws Exception {
        Path layout = daemon.layout("interrupted", noise(200_000), "above it");
        HeldRegistry.Served image = registry.serve(layout, "interrupted");
        HeldRegistry.Gate gate = registry.hold(layout, "interrupted", image.layers().get(2));
        Path output = Files.createTempFile(daemon.directory(), "output-", "");
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT")); // what runs in the background ignores it, and all below it do
        command.addAll(command("pull", name("interrupted")));
        Process pull = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        gate.awaitHalf();
        awaitEvent("LayerPulled", image.layers().get(1), 1); // two layers are in the store, and known to nobody
        new ProcessBuilder("kill", "-INT", Long.toString(pull.pid())).start().waitFor();
        assertTrue(pull.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "the command did not end");
        assertEquals(130, pull.exitValue(), Files.readString(output));
        JsonNode failed = awaitEvent("PullFailed", name("interrupted"), 1);
        assertEquals("UNAVAILABLE", failed.at("/data/code").asText(), failed.toString());
        assertEquals(List.of(), new StoreAudit(daemon.daemon()).objections());
        assertEquals(404, rest.get("/v1/images/" + Rest.encode(name("interrupted"))).status());
        gate.open();
        registry.serve(layout, "interrupted");
        assertTrue(result(transfer("pull", name("interrupted"))).has("id"));
    }

    @Test
    void whoPullsTheSameAsSomebodyWhoGivesUpGoesOn() throws Exception {
        Path layout = daemon.layout("two want it", noise(200_000));
        HeldRegistry.Served image = registry.serve(layout, "twowant");
        HeldRegistry.Gate gate = registry.hold(layout, "twowant", image.layers().get(2));
        Process first = new ProcessBuilder(command("pull", name("twowant"))).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        gate.awaitHalf();
        CompletableFuture<JsonNode> second = transfer("pull", name("twowant"));
        awaitEvent("ManifestResolved", name("twowant"), 2);
        first.destroy();
        awaitEvent("PullFailed", name("twowant"), 1);
        registry.serve(layout, "twowant"); // who comes now is not held
        gate.open();
        JsonNode result = result(second);
        assertTrue(result.has("id"), result.toString());
        assertEquals(List.of(), new StoreAudit(daemon.daemon()).objections());
    }

    /** Puts a layer of one image upon another. */
    private static void addLayer(Path to, Path from, String digest) throws Exception {
        Path tar = Files.createTempFile(to.getParent(), "layer-", "");
        DockerRegistry.run("sh", "-c", "gunzip < '" + from.resolve("blobs/sha256").resolve(digest.substring(7)) + "' > '" + tar + "'");
        DockerRegistry.run("umoci", "raw", "add-layer", "--image", to + ":app", tar.toString());
    }

    @Test
    void whatBreaksForWhomItWasBegunIsFetchedAnewByWhoSharedIt() throws Exception {
        String shared = noise(3 << 20);
        Path one = daemon.layout("one " + noise(2), shared);
        Path other = daemon.layout("other " + noise(2));
        HeldRegistry.Served first = registry.serve(one, "first");
        // The same blob above another layer: neither waits for the other's work.
        String blob = first.layers().get(2);
        addLayer(other, one, blob);
        HeldRegistry.Served second = registry.serve(other, "second");
        assertEquals(blob, second.layers().get(2));
        HeldRegistry.Gate below = registry.hold(one, "first", first.layers().get(1));
        HeldRegistry.Gate ahead = registry.hold(one, "first", blob);
        CompletableFuture<JsonNode> begun = transfer("pull", name("first"));
        below.awaitHalf();
        ahead.awaitHalf();
        try (TypedCommand joins = TypedCommand.start("exec " + String.join(" ", command("pull", name("second"))))) {
            joins.await(blob.substring(7, 19) + "  [="); // it reads what was begun for the other
            ahead.breakOff();
            joins.await("pulled");
            assertEquals(0, joins.exitCode(), joins.screen());
        }
        below.open();
        JsonNode failed = result(begun);
        assertTrue(failed.at("/error/message").asText().contains("registry " + registry.host()), failed.toString());
        assertEquals(1, registry.http().seen().stream().filter(seen -> seen.path().equals("/v2/second/blobs/" + blob)).count());
        assertEquals(List.of(), new StoreAudit(daemon.daemon()).objections());
    }

    @Test
    void onATerminalTheLayersOfAPullAreBarsThatGrow() throws Exception {
        Path layout = daemon.layout("below", noise(3 << 20));
        HeldRegistry.Served image = registry.serve(layout, "bars");
        String top = image.layers().get(2).substring(7, 19);
        HeldRegistry.Gate gate = registry.hold(layout, "bars", image.layers().get(2));
        try (TypedCommand pull = TypedCommand.start("stty rows 24 cols 80; exec " + String.join(" ", command("pull", name("bars"))))) {
            gate.awaitHalf();
            String half = pull.await(top + "  [=");
            assertTrue(half.contains(top + "  waiting"), half);
            assertTrue(half.contains("\u001b["), "the bars are drawn over the ones before");
            String bar = half.substring(half.lastIndexOf(top));
            assertTrue(bar.matches("(?s)" + top + "  \\[=+ +\\]  [0-9.]+ MiB of [0-9.]+ MiB.*"), bar);
            gate.open();
            String end = pull.await("pulled");
            assertTrue(end.substring(end.lastIndexOf(top)).matches("(?s)" + top + "  done  [0-9.]+ MiB.*"), end);
            assertEquals(0, pull.exitCode());
        }
    }

    /** Takes whatever is pushed to it; how a layer is received is the test's. */
    private final class Receiving {
        private final CountDownLatch two = new CountDownLatch(2);
        private final List<byte[]> layers = new ArrayList<>();
        private String manifest = "";
        private int sessions;
        private int patches;
        private int under;
        private int most;

        /** Receives the nth layer. */
        interface Way {
            void receive(HttpExchange exchange, int nth) throws IOException;
        }

        Receiving(String repository, Way way) {
            registry.http().on("/v2/" + repository + "/blobs/uploads/", exchange -> {
                String path = "/" + repository + "/session/" + begun();
                registry.http().on(path, each -> {
                    if (each.getRequestMethod().equals("PATCH")) {
                        way.receive(each, patched());
                    } else {
                        each.getRequestBody().readAllBytes();
                        each.sendResponseHeaders(201, -1);
                    }
                });
                exchange.getResponseHeaders().set("Location", path);
                exchange.sendResponseHeaders(202, -1);
            });
            registry.http().on("/v2/" + repository + "/manifests/v1", exchange -> {
                put(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                exchange.sendResponseHeaders(201, -1);
            });
        }

        private synchronized int begun() {
            return ++sessions;
        }

        private synchronized int patched() {
            return ++patches;
        }

        private synchronized void put(String text) {
            manifest = text;
        }

        private synchronized String manifest() {
            return manifest;
        }

        private synchronized void enter() {
            most = Math.max(most, ++under);
        }

        private synchronized void leave() {
            under--;
        }

        private synchronized void received(byte[] layer) {
            layers.add(layer);
        }

        private synchronized int most() {
            return most;
        }

        /** Waits for a second one to come before it takes the first. */
        void inPairs(HttpExchange exchange) throws IOException {
            enter();
            try {
                two.countDown();
                await(two);
                received(exchange.getRequestBody().readAllBytes());
            } finally {
                leave();
            }
            exchange.getResponseHeaders().set("Location", exchange.getRequestURI().toString());
            exchange.sendResponseHeaders(202, -1);
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new IOException("it did not come");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private void pulled(String repository, String... texts) throws Exception {
        registry.serve(daemon.layout(texts), repository);
        assertTrue(result(transfer("pull", name(repository))).has("id"));
        String target = name(repository + "/copy");
        rest.post("/v1/images/tag?source=" + Rest.encode(name(repository)) + "&target=" + Rest.encode(target)).ok();
    }

    @Test
    void asManyLayersAsTheConfigurationSaysAreSentSideBySideAndNamedInTheirOrder() throws Exception {
        pulled("pushed", "a" + noise(40), "b" + noise(40), "c" + noise(40), "d" + noise(40));
        Receiving[] receiving = new Receiving[1];
        receiving[0] = new Receiving("pushed/copy", (exchange, nth) -> receiving[0].inPairs(exchange));
        JsonNode done = result(transfer("push", name("pushed/copy")));
        assertTrue(done.has("digest"), done.toString());
        assertEquals(2, receiving[0].most());
        List<String> diffIds = new ArrayList<>();
        rest.get("/v1/images/" + Rest.encode(name("pushed"))).ok().json().get("layers").forEach(layer -> diffIds.add(layer.get("diffId").asText()));
        List<String> sent = new ArrayList<>();
        new ObjectMapper().readTree(receiving[0].manifest()).get("layers").forEach(layer -> sent.add(layer.get("digest").asText()));
        assertEquals(5, sent.size());
        for (byte[] layer : receiving[0].layers) {
            int place = sent.indexOf("sha256:" + sha256(layer));
            byte[] tar = new GZIPInputStream(new ByteArrayInputStream(layer)).readAllBytes();
            assertEquals(diffIds.get(place), "sha256:" + sha256(tar));
        }
        assertEquals(1, pods.events("ImagePushed", name("pushed/copy")).size());
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @Test
    void theFirstLayerThatIsRefusedEndsThePushAndTheOtherIsNotWaitedFor() throws Exception {
        pulled("refused", "a" + noise(40), "b" + noise(40));
        CountDownLatch other = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        new Receiving("refused/copy", (exchange, nth) -> {
            if (nth == 1) {
                other.countDown();
                await(released);
            } else {
                await(other);
                exchange.getRequestBody().readAllBytes();
                refuse(exchange);
            }
        });
        JsonNode failed = result(transfer("push", name("refused/copy")));
        assertEquals(1, released.getCount());
        assertTrue(failed.at("/error/message").asText().contains("status 418: no teapots here"), failed.toString());
        awaitEvent("PushFailed", name("refused/copy"), 1);
        released.countDown();
    }

    private static void refuse(HttpExchange exchange) throws IOException {
        HostileRegistry.send(
                exchange, 418, "{\"errors\":[{\"code\":\"NO\",\"message\":\"no teapots here\"}]}".getBytes(StandardCharsets.UTF_8));
    }
}

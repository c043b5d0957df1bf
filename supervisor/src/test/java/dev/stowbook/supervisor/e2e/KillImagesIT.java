package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.supervisor.registry.DockerRegistry;
import dev.stowbook.testkit.KernelSnapshot;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The daemon is killed at random moments of all that is done with images: what was acknowledged holds, the store is what the book says and has
 * nothing else, and the same once more succeeds. {@code -Dstowbook.image.kills=N} sets how often, {@code -Dstowbook.seed=N} the moments.
 */
@RequiresRoot
class KillImagesIT {
    private static final int KILLS = Integer.getInteger("stowbook.image.kills", "all".equals(System.getProperty("stowbook.tests")) ? 100 : 12);

    private final long seed = Long.getLong("stowbook.seed", new Random().nextLong(1L << 40));
    private final Random random = new Random(seed);
    private final TreeMap<String, Integer> cutOff = new TreeMap<>();
    private DaemonProcess daemon;

    @Test
    void whateverIsDoneWithImagesAKillLeavesNothingHalf(@TempDir Path directory) throws Exception {
        System.out.println("kill -9 with images: " + KILLS + " kills, seed " + seed);
        KernelSnapshot before = KernelSnapshot.take(KernelSnapshot.Filter.ofKernelOnly(directory.toString()));
        try (DockerRegistry registry = DockerRegistry.plain(directory.resolve("registry"))) {
            Path own = Files.createDirectory(directory.resolve("daemon"));
            // Every disk is fuller than the low mark, so that a collection takes all images that no container uses.
            Files.writeString(own.resolve("config.yaml"), "registries:\n  insecure: {\"" + registry.host() + "\": http}\nimages: {gcLowPercent: 0}\n");
            daemon = DaemonProcess.start(own);
            try {
                List<ImageDeed> deeds = ImageDeeds.prepare(directory, daemon, registry).all();
                long begun = System.nanoTime();
                for (int kill = 0; kill < KILLS; kill++) {
                    killWithin(deeds.get(kill % deeds.size()));
                    if ((kill + 1) % 10 == 0 || kill + 1 == KILLS) {
                        System.out.println("  " + (kill + 1) + " kills in " + (System.nanoTime() - begun) / 1_000_000_000 + " s, so many before the answer: " + cutOff);
                    }
                }
                end();
            } finally {
                daemon.close();
            }
        }
        KernelSnapshot.assertNothingLeft(before);
    }

    /** Once without a kill, to know how long it takes, then with one at any moment of that. */
    private void killWithin(ImageDeed deed) throws Exception {
        deed.before().prepare(daemon.rest());
        long usualMillis = succeed(deed, "without a kill");
        deed.before().prepare(daemon.rest());
        CompletableFuture<Boolean> said = CompletableFuture.supplyAsync(() -> {
            try {
                return deed.end().reached(deed.request().send(daemon.rest()));
            } catch (IOException | RuntimeException e) {
                return false; // the line is dead, as it should be
            }
        });
        long after = random.nextLong(usualMillis + usualMillis / 4 + 1);
        Thread.sleep(after);
        daemon.killHard();
        boolean acknowledged = said.get();
        cutOff.merge(deed.name(), acknowledged ? 0 : 1, Integer::sum);
        if (random.nextInt(4) == 0) {
            daemon.restartWithoutWaiting();
            Thread.sleep(random.nextInt(1500));
            daemon.killHard();
        }
        daemon.restart();
        String when = deed.name() + ", killed after " + after + " ms of " + usualMillis + (acknowledged ? ", acknowledged" : "") + ", seed " + seed;
        verify(when);
        if (acknowledged) {
            assertTrue(deed.wish().holds(daemon.rest()), when);
        }
        succeed(deed, when);
        verify(when + ", and repeated");
    }

    private long succeed(ImageDeed deed, String when) throws IOException {
        long begun = System.nanoTime();
        Rest.Answer answer = deed.request().send(daemon.rest());
        long millis = Math.max(1, (System.nanoTime() - begun) / 1_000_000);
        assertTrue(deed.end().reached(answer), () -> deed.name() + " " + when + ": " + answer.status() + " " + answer.text());
        assertTrue(deed.wish().holds(daemon.rest()), deed.name() + " " + when);
        return millis;
    }

    /** By what users have, and by what the test sees of the disk. */
    private void verify(String when) throws Exception {
        Command fsck = Command.stowbook("-H", "unix://" + daemon.run().resolve("api.sock"), "fsck");
        assertEquals(0, fsck.exitCode(), () -> when + ": " + fsck.out() + fsck.err());
        assertEquals("the image store is what the book says.\n", fsck.out(), when);
        assertEquals(List.of(), new StoreAudit(daemon).objections(), when);
    }

    /** Without images there is nothing left of them. */
    private void end() throws Exception {
        daemon.removeAllPods();
        for (JsonNode image : daemon.rest().get("/v1/images").ok().json()) {
            daemon.rest().delete("/v1/images/" + Rest.encode(image.get("id").asText()) + "?force=true").ok();
        }
        verify("after all");
        List<String> left = new ArrayList<>();
        for (String directory : List.of("overlay", "image/overlay/imagedb/content/sha256", "image/overlay/layerdb/sha256", "containers")) {
            try (var files = Files.list(daemon.root().resolve(directory))) {
                files.map(path -> directory + "/" + path.getFileName()).forEach(left::add);
            }
        }
        assertEquals(List.of(), left);
    }
}

package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon whose root is on a disk of its own that gets too full. */
@RequiresRoot
class ImageCollectorIT {
    private static final int DISK_MEBIBYTES = 320;
    private static final int IMAGE_MEBIBYTES = 16;

    @Test
    void aDiskBeyondTheHighMarkLosesTheImagesThatCameFirstAndNobodyUsesUntilItIsAtTheLowOne(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("config.yaml"), "images: {gcHighPercent: 60, gcLowPercent: 35, gcInterval: 0.2s}\n");
        Path root = Files.createDirectory(directory.resolve("root"));
        run("mount", "-t", "tmpfs", "-o", "size=" + DISK_MEBIBYTES + "m", "stowbook-test", root.toString());
        try (DaemonProcess daemon = DaemonProcess.start(directory)) {
            Rest rest = daemon.rest();
            daemon.importBusybox();
            JsonNode user = new Pods(rest).run("user", """
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: user}
                    spec: {containers: [{name: main, image: busybox, command: [sleep, "1000000"]}]}
                    """);
            List<String> came = new ArrayList<>();
            // 224 MiB and what is on its way: beyond 60 of 100 at some point, and from then on nothing comes
            for (int i = 0; i < 14 && (i == 0 || names(rest).contains("image0:latest")); i++) {
                came.add("image" + i + ":latest");
                rest.post("/v1/images/import?reference=image" + i, "application/x-tar", noise(i)).ok();
            }
            await(() -> !names(rest).contains("image0:latest"));
            // the low mark, and the one image that was on its way
            await(() -> Files.getFileStore(root).getUnallocatedSpace() >= (long) (DISK_MEBIBYTES * 0.65) - IMAGE_MEBIBYTES << 20);

            List<String> left = names(rest);
            assertTrue(left.remove("busybox:latest"), "a container uses it");
            assertFalse(left.isEmpty(), "until the low mark, and no further");
            assertEquals(came.subList(came.size() - left.size(), came.size()), came.stream().filter(left::contains).toList(), "the oldest went first");
            assertEquals(user.get("pid"), rest.get("/v1/containers/user").ok().json().get("pid"));
            List<JsonNode> removals = new Pods(rest).events("ImageRemoving", "");
            assertTrue(removals.size() >= came.size() - left.size(), removals::toString);
            assertTrue(removals.getFirst().toString().contains("image collector"), "the book says at whose word: " + removals.getFirst());
            assertEquals(List.of(), new StoreAudit(daemon).objections());
        } finally {
            run("umount", root.toString());
        }
    }

    private static byte[] noise(int seed) throws IOException {
        byte[] bytes = new byte[IMAGE_MEBIBYTES << 20];
        new Random(seed).nextBytes(bytes);
        return new TarBytes().file("data" + seed, 0644, bytes).bytes();
    }

    private static List<String> names(Rest rest) throws IOException {
        List<String> names = new ArrayList<>();
        rest.get("/v1/images").ok().json().forEach(image -> image.get("references").forEach(name -> names.add(name.asText())));
        return names;
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < end, "not within a minute");
            Thread.sleep(50);
        }
    }

    private static void run(String... words) throws Exception {
        Process process = new ProcessBuilder(words).inheritIO().start();
        assertEquals(0, process.waitFor(), String.join(" ", words));
    }
}

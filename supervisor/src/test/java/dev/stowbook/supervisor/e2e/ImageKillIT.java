package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon that is killed at any moment of work on images leaves a store that is what its book says. */
@RequiresRoot
class ImageKillIT {
    private static final int KILLS = Integer.getInteger("stowbook.image.kills", 9);

    private static Command stowbook(DaemonProcess daemon, String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of("-H", "unix://" + daemon.run().resolve("api.sock")));
        all.addAll(List.of(words));
        return Command.stowbook(all.toArray(new String[0]));
    }

    private static long layers(DaemonProcess daemon) throws IOException {
        try (var entries = Files.list(daemon.root().resolve("overlay"))) {
            return entries.count();
        }
    }

    @Test
    void afterAKillDuringLoadCommitRemovalAndCollectionTheStoreIsSoundAndTheCommandSucceeds(@TempDir Path directory) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Path archive = directory.resolve("loaded.tar");
        try (DaemonProcess daemon = DaemonProcess.start(directory)) {
            daemon.importBusybox();
            daemon.rest().post("/v1/images/import?reference=big", "application/x-tar", BusyboxTar.with(tar -> {
                for (int i = 0; i < 800; i++) {
                    BusyboxTar.file(tar, "many/" + i, new byte[3000], 0100644);
                }
            })).ok();
            assertEquals(0, stowbook(daemon, "image", "save", "big", "--to", archive.toString()).exitCode());
            daemon.rest().postYaml("/v1/pods", """
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: web}
                    spec:
                      containers: [{name: main, image: busybox, command: [sh, -c, "dd if=/dev/zero of=/big bs=1M count=20; sleep 1000"]}]
                    """).ok();
            for (int round = 0; round < KILLS; round++) {
                String what = List.of("load", "commit", "rm").get(round % 3);
                String where = "seed " + seed + " round " + round + " " + what;
                Thread working = Thread.ofPlatform().start(() -> {
                    try {
                        work(daemon, what, archive);
                    } catch (Exception e) {
                        // the daemon is gone
                    }
                });
                Thread.sleep(random.nextInt(400));
                daemon.killHard();
                working.join();
                daemon.restart();
                Command check = stowbook(daemon, "fsck");
                assertEquals(0, check.exitCode(), where + ": " + check.out() + check.err());
                assertEquals("there is nothing to remove.\n", unknown(daemon), where);
                work(daemon, what, archive);
                for (String name : List.of("big", "committed")) {
                    stowbook(daemon, "image", "rm", name);
                }
                stowbook(daemon, "image", "prune", "--force");
            }
            JsonNode images = daemon.rest().get("/v1/images").ok().json();
            assertEquals(1, images.size(), images.toString());
            assertEquals(3, layers(daemon), "busybox, its init layer, and the container's own; seed " + seed);
        }
    }

    /** What a collection would remove that no event knows; images are left aside, since a full disk of the host would name them. */
    private static String unknown(DaemonProcess daemon) throws Exception {
        String dry = stowbook(daemon, "image", "gc", "--dry-run").out();
        return dry.lines().anyMatch(line -> line.contains("no event of the book knows it")) ? dry : "there is nothing to remove.\n";
    }

    private static void work(DaemonProcess daemon, String what, Path archive) throws Exception {
        Command command = switch (what) {
            case "load" -> stowbook(daemon, "image", "load", archive.toString());
            case "commit" -> stowbook(daemon, "commit", "web", "committed");
            default -> {
                stowbook(daemon, "image", "load", archive.toString());
                Command removed = stowbook(daemon, "image", "rm", "big");
                stowbook(daemon, "image", "gc");
                yield removed;
            }
        };
        assertTrue(command.exitCode() == 0 || !Files.exists(daemon.run().resolve("api.sock")) || command.err().contains("daemon")
                || command.err().contains("broke off"), command.err());
    }
}

package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.KernelSnapshot;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The daemon is killed at random moments while containers are created, run and exit: what was acknowledged is never lost, every exit keeps
 * its true code, and nothing is left in the kernel.
 */
@RequiresRoot
class KillNineIT {
    private static final int CONTAINERS = 20;
    private final int kills = "all".equals(System.getProperty("stowbook.tests")) ? 100 : 12;

    @Test
    void nothingAcknowledgedIsLostAndEveryExitIsTrue(@TempDir Path directory) throws Exception {
        long seed = Long.getLong("stowbook.seed", new Random().nextLong(1L << 40));
        System.out.println("kill -9: " + kills + " kills, seed " + seed);
        Random random = new Random(seed);
        KernelSnapshot before = KernelSnapshot.take(KernelSnapshot.Filter.ofKernelOnly(directory.toString()));
        DaemonProcess daemon = DaemonProcess.start(directory);
        daemon.importBusybox();
        String instance = daemon.rest().get("/v1/info").ok().json().get("instanceId").asText();
        for (int round = 0, killed = 0; killed < kills; round++) {
            killed += round(daemon, random, round, Math.min(5, kills - killed));
        }
        daemon.close();
        try (Stream<Path> groups = Files.find(
                Path.of("/sys/fs/cgroup"), 3, (path, a) -> path.getFileName().toString().contains(instance))) {
            assertEquals(List.of(), groups.toList(), "cgroups are left");
        }
        KernelSnapshot.assertNothingLeft(before);
    }

    /** Twenty containers, each with a code of its own, under so many kills. */
    private static int round(DaemonProcess daemon, Random random, int round, int kills) throws Exception {
        Map<String, Integer> wanted = new ConcurrentHashMap<>();
        Map<String, String> acknowledged = new ConcurrentHashMap<>();
        AtomicBoolean over = new AtomicBoolean();
        Thread user = Thread.ofPlatform().start(() -> apply(daemon, random.nextInt(), round, wanted, acknowledged, over));
        for (int kill = 0; kill < kills; kill++) {
            Thread.sleep(random.nextInt(400));
            daemon.killHard();
            Thread.sleep(random.nextInt(200));
            if (random.nextInt(4) == 0) {
                daemon.restartWithoutWaiting();
                Thread.sleep(random.nextInt(1500));
                daemon.killHard();
            }
            daemon.restart();
        }
        user.join();
        over.set(true);
        assertEquals(CONTAINERS, acknowledged.size());
        for (Map.Entry<String, String> pod : acknowledged.entrySet()) {
            JsonNode end = daemon.rest().post("/v1/containers/" + pod.getKey() + "/wait").ok().json();
            assertEquals(wanted.get(pod.getKey()), end.get("exitCode").asInt(), () -> pod.getKey() + ": " + end + story(daemon, pod.getValue()));
        }
        JsonNode verified = daemon.rest().post("/v1/verify").ok().json();
        assertTrue(verified.get("ok").asBoolean(), verified.toString());
        daemon.removeAllPods();
        return kills;
    }

    /** All that the book has about a pod, for the message of a failure. */
    private static String story(DaemonProcess daemon, String pod) {
        StringBuilder story = new StringBuilder();
        try {
            for (JsonNode event : daemon.rest().events(1)) {
                if (event.toString().contains(pod) || event.get("type").asText().contains("Daemon")) {
                    story.append('\n').append(event.get("sequence")).append(' ').append(event.get("time").asText()).append(' ')
                            .append(event.get("type").asText()).append(' ').append(event.get("data"));
                }
            }
        } catch (IOException e) {
            story.append(e);
        }
        return story.toString();
    }

    private static void apply(
            DaemonProcess daemon,
            int seed,
            int round,
            Map<String, Integer> wanted,
            Map<String, String> acknowledged,
            AtomicBoolean over) {
        Random random = new Random(seed);
        for (int i = 0; i < CONTAINERS; i++) {
            String name = "k" + round + "-" + i;
            int code = random.nextInt(100);
            wanted.put(name, code);
            String yaml = """
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: %s}
                    spec:
                      restartPolicy: Never
                      containers:
                        - {name: main, image: busybox, command: [sh, -c, "sleep 0.%d; exit %d"]}
                    """.formatted(name, random.nextInt(10), code);
            while (!acknowledged.containsKey(name) && !over.get()) {
                try {
                    Rest.Answer answer = daemon.rest().postYaml("/v1/pods", yaml);
                    if (answer.status() == 200) {
                        acknowledged.put(name, answer.json().get("pods").get(0).get("id").asText());
                    } else {
                        throw new IllegalStateException(answer.status() + " " + answer.text());
                    }
                } catch (IOException | RuntimeException e) {
                    pause(random.nextInt(30));
                }
            }
            pause(random.nextInt(40));
        }
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

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
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Containers that stand still and go on, and ends that nothing forks away from; read back from the kernel. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PauseIT {
    private static final String BUSY = "while true; do :; done";

    private DaemonProcess daemon;
    private Rest rest;
    private Pods pods;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
        pods = new Pods(rest);
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

    private static String pod(String name, String script) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 20
                  containers:
                    - {name: main, image: busybox, command: [sh, -c, "%s"]}
                """.formatted(name, script);
    }

    /** Processor time of a process in clock ticks: proc(5), fields 14 and 15 of stat. */
    private static long ticks(JsonNode container) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + container.get("pid").asText() + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    private static boolean moves(JsonNode container) throws Exception {
        long before = ticks(container);
        for (int i = 0; i < 3000 && ticks(container) == before; i++) {
            Thread.sleep(20);
        }
        return ticks(container) > before;
    }

    private static boolean standsStill(JsonNode container) throws Exception {
        long before = ticks(container);
        Thread.sleep(500);
        return ticks(container) == before;
    }

    private String state(String ref) throws IOException {
        return rest.get("/v1/containers/" + ref).ok().json().get("state").asText();
    }

    private long sequence(String type, JsonNode container) throws IOException {
        return pods.event(type, container.get("id").asText()).get("sequence").asLong();
    }

    @Test
    void c13_aPausedContainersTimeStandsStillAndGoesOn() throws Exception {
        JsonNode container = pods.run("c13", pod("c13", BUSY));
        assertTrue(moves(container));
        rest.post("/v1/containers/c13/pause").ok();
        assertEquals("paused", state("c13"));
        assertTrue(standsStill(container));
        assertEquals(409, rest.post("/v1/containers/c13/pause").status());
        assertTrue(rest.postJson("/v1/containers/c13/exec", "{\"command\":[\"true\"]}").text().contains("is paused: resume it first"));

        rest.post("/v1/containers/c13/resume").ok();
        assertEquals("running", state("c13"));
        assertTrue(moves(container));
        assertTrue(rest.post("/v1/containers/c13/resume").text().contains("c13/main is not paused"));
        assertTrue(sequence("ContainerPausing", container) < sequence("ProcessesFrozen", container));
        assertTrue(sequence("ProcessesFrozen", container) < sequence("ProcessesThawed", container));

        assertEquals(0, stowbook("pause", "c13").exitCode());
        assertTrue(standsStill(container));
        assertEquals(0, stowbook("resume", "c13").exitCode());
        assertTrue(moves(container));
    }

    private Command stowbook(String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of("-H", "unix://" + daemon.run().resolve("api.sock")));
        all.addAll(List.of(words));
        return Command.stowbook(all.toArray(new String[0]));
    }

    @Test
    void c13_aPausedContainerHearsItsStopSignalAndCanBeKilled() throws Exception {
        pods.run("heard", pod("heard", "trap 'exit 5' TERM; while true; do sleep 0.05; done"));
        rest.post("/v1/pods/heard/pause").ok();
        assertEquals("paused", state("heard"));
        rest.post("/v1/containers/heard/stop?grace=20").ok();
        assertEquals(5, pods.await("heard", "exited").get("exitCode").asInt());

        pods.run("killed", pod("killed", BUSY));
        rest.post("/v1/containers/killed/pause").ok();
        rest.post("/v1/containers/killed/kill").ok();
        assertEquals(137, pods.await("killed", "exited").get("exitCode").asInt());
    }

    @Test
    void c13_aPausedContainerIsStillPausedAfterTheDaemonsRestart() throws Exception {
        JsonNode container = pods.run("survivor", pod("survivor", BUSY));
        rest.post("/v1/containers/survivor/pause").ok();
        daemon.killHard();
        daemon.restart();
        assertEquals("paused", state("survivor"));
        assertTrue(standsStill(container));
        rest.post("/v1/containers/survivor/resume").ok();
        assertTrue(moves(container));
        assertEquals("running", state("survivor"));
    }

    /** The daemon is killed as soon as the container stands still; a commit that was faster than that is tried again. */
    @Test
    void aContainerThatWasPausedOnlyForACommitGoesOnWhenTheDaemonIsKilledInTheMiddleOfIt() throws Exception {
        pods.run("committed", pod("committed", "dd if=/dev/zero of=/big bs=1M count=200; " + BUSY));
        JsonNode container = rest.get("/v1/containers/committed").ok().json();
        awaitBig(200 << 20);
        String id = container.get("id").asText();
        boolean cutOff = false;
        for (int i = 0; i < 20 && !cutOff; i++) {
            CompletableFuture<Boolean> done = CompletableFuture.supplyAsync(() -> {
                try {
                    return rest.postJson("/v1/containers/committed/commit", "{}").status() == 200;
                } catch (IOException | RuntimeException e) {
                    return false; // the line is dead, as it should be
                }
            });
            while (!done.isDone() && !state("committed").equals("paused")) {
                Thread.onSpinWait();
            }
            daemon.killHard();
            cutOff = !done.get();
            daemon.restart();
            for (int tries = 0; tries < 3000 && !state("committed").equals("running"); tries++) {
                Thread.sleep(20);
            }
            assertEquals("running", state("committed"));
            assertTrue(moves(container));
        }
        assertTrue(cutOff, "no commit was ever cut off");
        assertEquals("COMMIT", pods.events("ContainerPausing", id).getLast().get("data").get("reason").asText());
        assertTrue(pods.events("ContainerResuming", id).getLast().get("data").get("reason").asText().contains("the daemon ended"));
        Command why = stowbook("why", "committed");
        assertTrue(why.out().contains("goes on (the daemon ended while it was being committed)"), why.out());

        rest.post("/v1/containers/committed/pause").ok();
        daemon.killHard();
        daemon.restart();
        assertEquals("paused", state("committed"), "but what somebody paused stays so");
    }

    private void awaitBig(long bytes) throws Exception {
        for (int i = 0; i < 3000; i++) {
            long[] written = new long[1];
            Path layers = daemon.root().resolve("overlay");
            try (Stream<Path> files = Files.walk(layers, 3)) {
                files.filter(file -> file.endsWith("diff/big")).forEach(file -> written[0] = file.toFile().length());
            }
            if (written[0] >= bytes) {
                return;
            }
            Thread.sleep(20);
        }
        throw new AssertionError("the container does not write");
    }

    @Test
    void c12_nothingForksAwayFromAKill() throws Exception {
        JsonNode container = pods.run("c12", pod("c12", "while true; do (sh -c 'sleep 777.7 & sleep 777.7' &) ; sleep 0.002; done"));
        for (int i = 0; i < 6000 && sleepers() <= 3; i++) {
            Thread.sleep(10);
        }
        assertTrue(sleepers() > 3, "the spammer does not fork");
        rest.post("/v1/containers/c12/kill").ok();
        assertEquals(137, pods.await("c12", "exited").get("exitCode").asInt());
        for (int i = 0; i < 6000 && sleepers() > 0; i++) {
            Thread.sleep(10);
        }
        assertEquals(0, sleepers());
        assertTrue(sequence("ProcessesFrozen", container) < sequence("ProcessesKilled", container));
        assertTrue(sequence("ProcessesKilled", container) < sequence("ProcessExited", container));
        JsonNode killed = pods.event("ProcessesKilled", container.get("id").asText()).get("data");
        assertTrue(killed.get("processes").asInt() > 3, killed.toString());
    }

    private static long sleepers() throws IOException {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes.filter(p -> p.getFileName().toString().matches("\\d+")).filter(PauseIT::sleeps).count();
        }
    }

    private static boolean sleeps(Path process) {
        try {
            return Files.readString(process.resolve("cmdline")).equals("sleep\000777.7\000");
        } catch (IOException e) {
            return false; // it has just ended
        }
    }

    @Test
    void anEndThatHappenedWhileNoDaemonRanIsToldWithItsTrueProcess() throws Exception {
        JsonNode container = pods.run("late", pod("late", "sleep 12; exit 6"));
        int pid = container.get("pid").asInt();
        Path file = daemon.root().resolve("containers/" + container.get("id").asText() + "/exit");
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String startTicks = stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19];
        daemon.killHard();
        for (int i = 0; i < 3000 && !Files.exists(file); i++) {
            Thread.sleep(20);
        }
        String left = Files.readString(file);
        assertTrue(left.contains("\npid=" + pid + "\n") && left.contains("\nstart-ticks=" + startTicks + "\n"), left);
        assertTrue(left.contains("\nns-pid=" + container.get("namespaces").get("pid").asText() + "\n"), left);
        daemon.restart();
        assertEquals(6, pods.await("late", "exited").get("exitCode").asInt());
    }
}

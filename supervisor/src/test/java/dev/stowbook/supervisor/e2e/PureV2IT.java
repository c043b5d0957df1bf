package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The daemon where cgroup v2 owns all controllers; OnAPureV2HostIT runs it in a guest. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PureV2IT {
    private static final Path TREE = Path.of("/sys/fs/cgroup");
    private DaemonProcess daemon;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        assumeFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains(" - cgroup cgroup"), "OnAPureV2HostIT runs it in a guest");
        daemon = DaemonProcess.start(directory);
        daemon.importBusybox();
    }

    @AfterAll
    void stop() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
    }

    private static Path group(JsonNode container) throws IOException {
        String own = Files.readString(Path.of("/proc/" + container.get("pid").asLong() + "/cgroup")).strip();
        return TREE.resolve(own.substring("0::/".length()));
    }

    private JsonNode run(String name, String command, String limits) throws Exception {
        daemon.rest().postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  hostUsers: true
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 1
                  containers:
                    - {name: main, image: busybox, command: [sh, -c, "%s"], resources: {limits: {%s}}}
                """.formatted(name, command, limits)).ok();
        JsonNode container = daemon.rest().get("/v1/containers/" + name).ok().json();
        for (int i = 0; i < 3000 && !List.of("running", "exited").contains(container.get("state").asText()); i++) {
            Thread.sleep(20);
            container = daemon.rest().get("/v1/containers/" + name).ok().json();
        }
        return container;
    }

    @Test
    void c26_aPodsLimitsAreInTheFilesOfTheOneTreeAndItsProcessIsThere() throws Exception {
        assertEquals("cgroup-v2", daemon.rest().get("/v1/info").ok().json().at("/drivers/cgroup").asText());
        JsonNode container = run("c26", "sleep 1000", "cpu: 500m, memory: 64Mi, stowbook.dev/pids: 20");
        Path group = group(container);
        assertTrue(group.startsWith(TREE.resolve("stowbook-" + daemon.rest().get("/v1/info").ok().json().get("instanceId").asText())), group.toString());
        assertEquals("50000 100000", Files.readString(group.resolve("cpu.max")).strip());
        assertEquals("67108864", Files.readString(group.resolve("memory.max")).strip());
        assertEquals("20", Files.readString(group.resolve("pids.max")).strip());
        assertTrue(Files.readAllLines(group.resolve("cgroup.procs")).contains(container.get("pid").asText()));
        daemon.removeAllPods();
        assertTrue(Files.notExists(group));
    }

    @Test
    void c7_whoAllocatesBeyondItsLimitIsKilledAndTheBookSaysWhoseLimit() throws Exception {
        run("c7", "word=xxxxxxxx; while :; do word=$word$word; done", "memory: 16Mi, stowbook.dev/memory-and-swap: 16Mi");
        JsonNode container = daemon.rest().get("/v1/containers/c7").ok().json();
        for (int i = 0; i < 3000 && !container.get("state").asText().equals("exited"); i++) {
            Thread.sleep(20);
            container = daemon.rest().get("/v1/containers/c7").ok().json();
        }
        assertEquals(137, container.get("exitCode").asInt(), container.toString());
        String id = container.get("id").asText();
        List<JsonNode> killed = daemon.rest().events(1).stream()
                .filter(event -> event.get("type").asText().startsWith("dev.stowbook.OomKilled."))
                .toList();
        assertEquals(1, killed.size(), killed.toString());
        assertTrue(killed.getFirst().get("data").get("group").asText().endsWith(id), killed.toString());
    }
}

package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Volume drivers that hang, throw and lie, as real plugins of a real daemon: each fails the pods that use it, and nobody else's. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MisbehavingDriversIT {
    private static final long MICROS = 1_000_000;

    private DaemonProcess daemon;
    private Rest rest;
    private Pods pods;
    private MisbehavingVolumes drivers;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("config.yaml"), MisbehavingVolumes.install(directory.resolve("work"), directory.resolve("root")));
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
        pods = new Pods(rest);
        drivers = new MisbehavingVolumes(daemon.root());
        daemon.importBusybox();
    }

    @AfterAll
    void stop() throws Exception {
        daemon.close();
    }

    @AfterEach
    void removeAll() throws IOException {
        drivers.release("hanging");
        drivers.release("stuck");
        daemon.removeAllPods();
        rest.post("/v1/volumes/prune").ok();
        assertEquals(0, rest.get("/v1/volumes").ok().json().size(), "no volume is left");
    }

    private static String manifest(String name, String volumes) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 1
                  containers:
                    - {name: main, image: busybox, command: [sh, -c, 'echo here && sleep 1000']%s}
                """.formatted(name, volumes);
    }

    private static String with(String name, String driver) {
        return manifest(name, ", volumeMounts: [{name: d, mountPath: /data}]") + "  volumes: [{name: d, stowbook: {volume: %s, driver: %s, copy: false}}]\n".formatted("of-" + driver, driver);
    }

    /** Pods without the bad driver start and answer. */
    private List<JsonNode> othersRun(String name) throws Exception {
        JsonNode plain = pods.run(name + "-plain", manifest(name + "-plain", ""));
        JsonNode local = pods.run(name + "-local", with(name + "-local", "local"));
        assertTrue(Files.isDirectory(Path.of("/proc/" + local.get("pid").asLong() + "/root/data")));
        for (int i = 0; i < 6000 && !rest.get("/v1/containers/" + name + "-local/logs").ok().text().contains("here"); i++) {
            Thread.sleep(10);
        }
        assertEquals("here\n", rest.get("/v1/containers/" + name + "-local/logs").ok().text());
        return List.of(plain, local);
    }

    private void apply(String name, String driver) throws IOException {
        rest.postYaml("/v1/pods", with(name, driver)).ok();
    }

    /** The first step of a pod that failed, once its container is given up; its pod cannot be taken down while the driver hangs. */
    private JsonNode failure(String pod) throws Exception {
        JsonNode container = pods.await(pod, "exited");
        assertEquals(128, container.get("exitCode").asInt(), container.toString());
        assertEquals(128, rest.post("/v1/containers/" + pod + "/wait").ok().json().get("exitCode").asInt(), "waiting for its end is no waiting for the driver");
        List<JsonNode> failed = pods.events("StepFailed", container.get("podId").asText());
        assertFalse(failed.isEmpty(), "an event says so");
        assertEquals(0, pods.events("ProcessStarted", container.get("podId").asText()).size(), "no keeper was asked");
        return failed.getFirst();
    }

    @Test
    void aHangingDriverFailsItsOwnPodsWithinItsDeadlineAndItsTargetIsInspectedOnceItReturns() throws Exception {
        drivers.hold("hanging");
        int before = drivers.calls("hanging").size();
        apply("hung", "hanging");
        othersRun("hung");
        JsonNode failed = failure("hung").get("data");
        assertEquals("UNKNOWN", failed.get("code").asText(), failed.toString());
        assertTrue(failed.get("message").asText().contains("driver hanging did not return within 2000 ms"), failed.toString());
        long micros = failed.get("tookMicros").asLong();
        assertTrue(micros >= 2 * MICROS && micros < 20 * MICROS, failed.toString());
        assertEquals(List.of("create of-hanging", "mount of-hanging"), calls(before), "it hangs still, and is asked nothing else");
        drivers.release("hanging");
        for (int i = 0; i < 6000 && calls(before).size() < 4; i++) {
            Thread.sleep(10);
        }
        assertEquals(List.of("mounted of-hanging", "inspect of-hanging"), calls(before).subList(2, 4));
        pods.run("again", with("again", "hanging"));
    }

    private List<String> calls(int from) throws IOException {
        List<String> calls = drivers.calls("hanging");
        return calls.subList(from, calls.size());
    }

    @Test
    void theDaemonEndsAndStartsWhileACallHangs() throws Exception {
        drivers.release("hanging");
        rest.postJson("/v1/volumes", "{\"name\":\"of-hanging\",\"driver\":\"hanging\"}").ok();
        drivers.hold("hanging");
        List<JsonNode> others = othersRun("stays");
        int before = drivers.calls("hanging").size();
        apply("killed", "hanging");
        for (int i = 0; i < 6000 && drivers.calls("hanging").size() == before; i++) {
            Thread.sleep(10);
        }
        daemon.killHard();
        daemon.restart();
        for (JsonNode other : others) {
            JsonNode now = rest.get("/v1/containers/" + other.get("id").asText()).ok().json();
            assertEquals("running", now.get("state").asText(), now.toString());
            assertEquals(other.get("pid").asLong(), now.get("pid").asLong());
        }
        failure("killed");
        daemon.stop(); // within 30 s
        daemon.restart();
        othersRun("later");
        drivers.release("hanging");
        rest.delete("/v1/pods/killed?force=true&grace=0").ok();
        pods.run("killed", with("killed", "hanging"));
    }

    @Test
    void aDriverThatHangsWhileItOpensKeepsNobodyElseWaiting() throws Exception {
        drivers.hold("stuck");
        apply("stuck", "stuck");
        List<JsonNode> others = othersRun("unstuck");
        JsonNode failed = failure("stuck");
        assertEquals("UNAVAILABLE", failed.get("data").get("code").asText(), failed.toString());
        assertTrue(failed.get("data").get("message").asText().contains("did not open within 8000 ms"), failed.toString());
        for (JsonNode other : others) {
            JsonNode started = pods.event("ProcessStarted", other.get("podId").asText());
            assertTrue(started.get("sequence").asLong() < failed.get("sequence").asLong(), started + " before " + failed);
        }
    }

    @Test
    void aThrowingDriverFailsItsOwnPods() throws Exception {
        apply("thrown", "throwing");
        JsonNode failed = failure("thrown").get("data");
        assertEquals("IO", failed.get("code").asText(), failed.toString());
        assertTrue(failed.get("message").asText().contains("driver throwing threw java.lang.IllegalStateException (a bolt broke)"), failed.toString());
        othersRun("thrown");
    }

    @Test
    void aSourceThatIsNotThereIsRefusedByNameBeforeAnythingIsStarted() throws Exception {
        apply("lied", "lying");
        JsonNode failed = failure("lied").get("data");
        assertEquals("IO", failed.get("code").asText(), failed.toString());
        assertTrue(failed.get("message").asText().contains("driver lying says that it is mounted at /nonexistent/stowbook-test-lie, and nothing is there"), failed.toString());
        othersRun("lied");
    }
}

package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Limits through the whole daemon, read back from v1 hierarchies file by file: what a manifest asks for, and what changes while it runs. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LimitsIT {
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

    private DaemonProcess daemon;
    private Rest rest;
    private String parent;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        assumeTrue(Files.exists(CGROUPS.resolve("memory/memory.limit_in_bytes")), "the files named here are those of v1");
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
        daemon.importBusybox();
        parent = "stowbook-" + rest.get("/v1/info").ok().json().get("instanceId").asText();
    }

    @AfterAll
    void stop() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
    }

    @AfterEach
    void removePods() throws IOException {
        daemon.removeAllPods();
    }

    private JsonNode run(String name, String command, String container, String pod) throws Exception {
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 0
                  %s
                  containers:
                    - name: main
                      image: busybox
                      command: [sh, -c, '%s']
                      %s
                """.formatted(name, pod, command, container)).ok();
        return await(name, "running");
    }

    private JsonNode await(String name, String state) throws Exception {
        JsonNode container = rest.get("/v1/containers/" + name).ok().json();
        for (int i = 0; i < 6000 && !container.get("state").asText().equals(state); i++) {
            Thread.sleep(10);
            container = rest.get("/v1/containers/" + name).ok().json();
        }
        assertEquals(state, container.get("state").asText(), container.toString());
        return container;
    }

    private String file(String controller, JsonNode container, String name) throws IOException {
        return Files.readString(group(controller, container).resolve(name)).strip();
    }

    private Path group(String controller, JsonNode container) {
        return CGROUPS.resolve(controller).resolve(parent)
                .resolve(container.get("podId").asText()).resolve(container.get("id").asText());
    }

    private String podFile(String controller, JsonNode container, String name) throws IOException {
        return Files.readString(group(controller, container).getParent().resolve(name)).strip();
    }

    private List<JsonNode> events(String type, String about) throws IOException {
        return rest.events(1).stream()
                .filter(e -> e.get("type").asText().startsWith("dev.stowbook." + type + ".") && e.get("data").toString().contains(about))
                .toList();
    }

    private List<JsonNode> awaitEvents(String type, String about) throws Exception {
        List<JsonNode> found = events(type, about);
        for (int i = 0; i < 600 && found.isEmpty(); i++) {
            Thread.sleep(100);
            found = events(type, about);
        }
        assertFalse(found.isEmpty(), "no " + type + " about " + about);
        return found;
    }

    @Test
    void c29_theWorkedExampleReadBackFileByFile() throws Exception {
        JsonNode container = run("c29", "sleep 1000", """
                resources: {limits: {memory: 256Mi, stowbook.dev/memory-and-swap: 512Mi}}
                      stowbook: {resources: {cpu: {periodMicros: 100000, quotaMicros: 200000}}}
                """, "");
        assertEquals("100000", file("cpu", container, "cpu.cfs_period_us"));
        assertEquals("200000", file("cpu", container, "cpu.cfs_quota_us"));
        assertEquals("268435456", file("memory", container, "memory.limit_in_bytes"));
        assertEquals("536870912", file("memory", container, "memory.memsw.limit_in_bytes"));
        for (String controller : List.of("cpu", "cpuacct", "memory", "pids", "devices", "blkio")) {
            assertEquals(container.get("pid").asText(), file(controller, container, "tasks"), controller);
        }
        JsonNode written = events("CgroupCreated", container.get("id").asText()).getFirst().get("data").get("written");
        assertEquals("268435456", written.get("memory/memory.limit_in_bytes").asText());
        assertEquals("200000", written.get("cpu/cpu.cfs_quota_us").asText());
    }

    @Test
    void c5_c8_c10_everyLimitIsChangedWhileItRunsAndSurvivesARestartOfDaemonAndPod() throws Exception {
        JsonNode container = run("live", "sleep 1000", "resources: {limits: {memory: 64Mi}}", "");
        assertEquals("134217728", file("memory", container, "memory.memsw.limit_in_bytes"));
        JsonNode answer = rest.patch("/v1/containers/live", """
                resources: {limits: {cpu: 500m, memory: 100000001, stowbook.dev/pids: 20, stowbook.dev/cpuset: "0"}}
                stowbook:
                  resources:
                    cpu: {shares: 2000, burstMicros: 10000, mems: "0"}
                    memory: {reservation: 32Mi, swappiness: 10}
                """).ok().json();
        assertTrue(answer.get("live").asBoolean());
        assertEquals("99999744", answer.get("written").get("memory/memory.limit_in_bytes").asText());
        assertTrue(answer.get("clamped").toString().contains("memory.limit_in_bytes: asked for 100000001"), answer.toString());
        assertLimits(container);
        assertEquals("0", allowedCpus(container), "the process that ran before moved to its processors");
        JsonNode event = events("CgroupUpdated", container.get("id").asText()).getFirst();
        assertEquals(answer.get("written"), event.get("data").get("written"));
        assertEquals(answer.get("clamped"), event.get("data").get("clamped"));

        daemon.killHard();
        daemon.restart();
        assertLimits(container);
        rest.post("/v1/pods/live/stop").ok();
        rest.post("/v1/pods/live/start").ok();
        assertLimits(await("live", "running"));

        rest.patch("/v1/containers/live", "resources: {limits: {memory: max, stowbook.dev/pids: max, cpu: max}}").ok();
        assertEquals("9223372036854771712", file("memory", container, "memory.limit_in_bytes"));
        assertEquals("9223372036854771712", file("memory", container, "memory.memsw.limit_in_bytes"));
        assertEquals("max", file("pids", container, "pids.max"));
        assertEquals("-1", file("cpu", container, "cpu.cfs_quota_us"));
        assertEquals("2000", file("cpu", container, "cpu.shares"), "what is not named stays");
    }

    private void assertLimits(JsonNode container) throws IOException {
        var expected = new TreeMap<String, String>();
        expected.put("memory/memory.limit_in_bytes", "99999744");
        expected.put("memory/memory.memsw.limit_in_bytes", "199999488");
        expected.put("memory/memory.soft_limit_in_bytes", "33554432");
        expected.put("memory/memory.swappiness", "10");
        expected.put("cpu/cpu.cfs_period_us", "100000");
        expected.put("cpu/cpu.cfs_quota_us", "50000");
        expected.put("cpu/cpu.cfs_burst_us", "10000");
        expected.put("cpu/cpu.shares", "2000");
        expected.put("cpuset/cpuset.cpus", "0");
        expected.put("pids/pids.max", "20");
        var found = new TreeMap<String, String>();
        for (String name : expected.keySet()) {
            found.put(name, file(name.split("/")[0], container, name.split("/")[1]));
        }
        assertEquals(expected, found);
    }

    private static String allowedCpus(JsonNode container) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + container.get("pid").asText() + "/status")).stream()
                .filter(line -> line.startsWith("Cpus_allowed_list:")).map(line -> line.split("\\s+")[1]).findFirst().orElseThrow();
    }

    @Test
    void c1_aPodsLimitsCapItsContainersAndAreToldWhenMet() throws Exception {
        JsonNode container = run("capped", "sleep 1000", "resources: {limits: {memory: 256Mi}}",
                "resources: {limits: {memory: 32Mi, cpu: \"1\"}}");
        assertEquals("33554432", podFile("memory", container, "memory.limit_in_bytes"));
        assertEquals("100000", podFile("cpu", container, "cpu.cfs_quota_us"));
        rest.patch("/v1/pods/capped", "resources: {limits: {stowbook.dev/pids: 3}}").ok();
        assertEquals("3", podFile("pids", container, "pids.max"));
        String pod = container.get("podId").asText();
        JsonNode exec = rest.postJson("/v1/containers/capped/exec",
                "{\"command\":[\"sh\",\"-c\",\"for i in 1 2 3 4 5 6 7 8; do sleep 600 & done; sleep 600\"]}").ok().json();
        assertTrue(exec.has("id"));
        JsonNode refused = awaitEvents("PidsExhausted", pod).getFirst().get("data");
        assertEquals(pod, refused.get("group").asText());
        assertEquals(container.get("id").asText(), refused.get("container").asText());
    }

    @Test
    void c7_aLimitOfThePodIsNamedWhenTheKernelKillsForIt() throws Exception {
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: hog}
                spec:
                  restartPolicy: Never
                  resources: {limits: {memory: 16Mi}}
                  containers:
                    - {name: main, image: busybox, command: [dd, if=/dev/zero, of=/dev/null, bs=64M, count=1]}
                """).ok();
        JsonNode container = await("hog", "exited");
        assertEquals(137, container.get("exitCode").asInt());
        JsonNode oom = awaitEvents("OomKilled", container.get("id").asText()).getFirst().get("data");
        assertEquals(container.get("podId").asText(), oom.get("group").asText());
        assertTrue(rest.get("/v1/containers/hog").ok().json().get("oomKilled").asBoolean());
    }

    @Test
    void pressureBecomesAnEventWhereTheManifestAsksForIt() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/pressure/cpu")) && Files.exists(CGROUPS.resolve("unified")), "needs PSI");
        JsonNode container = run("pressed", "while :; do :; done & while :; do :; done", """
                resources: {limits: {stowbook.dev/cpuset: "1"}}
                      stowbook: {resources: {pressure: [{resource: cpu, stallMillis: 100}]}}
                """, "");
        JsonNode rose = awaitEvents("PressureRose", container.get("id").asText()).getFirst().get("data");
        assertEquals("cpu", rose.get("resource").asText());
        assertTrue(rose.get("totalStallMicros").asLong() >= 100_000, rose.toString());
        rest.delete("/v1/pods/pressed?force=true").ok();
        assertEquals(1, events("PressureRose", container.get("id").asText()).size(), "once a minute");
    }

    @Test
    void c11_aContainerUsesItsDevicesAndNoOther() throws Exception {
        JsonNode container = run("c11",
                "echo x > /dev/null && echo null; mknod /tmp/disk b 254 0 && (cat /tmp/disk || echo refused) 2>&1; sleep 1000",
                "securityContext: {capabilities: {add: [MKNOD]}}", "hostUsers: true");
        String log = "";
        for (int i = 0; i < 6000 && !log.contains("refused"); i++) {
            Thread.sleep(10);
            log = rest.get("/v1/containers/c11/logs").ok().text();
        }
        assertTrue(log.contains("null") && log.contains("Operation not permitted") && log.contains("refused"), log);
        assertTrue(file("devices", container, "devices.list").contains("c 1:3 rwm"));
        assertFalse(file("devices", container, "devices.list").contains("254"));
    }

    @Test
    void c16_c17_whatTheHostLacksIsRefusedByNameAndNothingIsLeft() throws Exception {
        for (String[] asked : new String[][] {
            {"netClass: 1048577", "net_cls"}, {"memory: {min: 8Mi}", "minBytes"}, {"memory: {oomGroup: true}", "oomGroup"},
            {"io: {devices: [{device: /dev/null, readsPerSecond: 5}]}", "no block device"},
            {"io: {devices: [{device: \"4000:1\", readsPerSecond: 5}]}", "no block device"}}) {
            if (asked[1].equals("net_cls") && Files.exists(CGROUPS.resolve("net_cls"))) {
                continue;
            }
            rest.postYaml("/v1/pods", """
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: lacking}
                    spec:
                      restartPolicy: Never
                      containers:
                        - {name: main, image: busybox, command: ["true"], stowbook: {resources: {%s}}}
                    """.formatted(asked[0])).ok();
            JsonNode container = await("lacking", "exited");
            assertTrue(container.get("error").asText().contains(asked[1]), container.toString());
            rest.delete("/v1/pods/lacking?force=true").ok();
            assertFalse(Files.exists(group("memory", container)));
        }
        run("runs", "sleep 1000", "", "");
        Rest.Answer refused = rest.patch("/v1/containers/runs", "stowbook: {resources: {memory: {high: 8Mi}}}");
        assertEquals(501, refused.status(), refused.text());
        assertTrue(refused.text().contains("cgroup v1 cannot slow a group"), refused.text());
        Rest.Answer tooSmall = rest.patch("/v1/containers/runs", "resources: {limits: {memory: 5}}");
        assertEquals(400, tooSmall.status());
        assertTrue(tooSmall.text().contains("resources.limits.memory: is less than 1Mi"), tooSmall.text());
    }

    @Test
    void c18_infoListsEachControllerWithItsVersionOrAsAbsent() throws Exception {
        var found = new TreeMap<String, Integer>();
        rest.get("/v1/info").ok().json().get("controllers").forEach(c -> found.put(c.get("name").asText(), c.get("version").asInt()));
        for (String line : Files.readAllLines(Path.of("/proc/cgroups"))) {
            if (!line.startsWith("#")) {
                String[] columns = line.split("\t");
                boolean v2 = Files.readString(CGROUPS.resolve("unified/cgroup.controllers")).contains(columns[0]);
                assertEquals(v2 ? 2 : columns[1].equals("0") ? 0 : 1, found.get(columns[0]), columns[0]);
            }
        }
        assertEquals(0, found.get("rdma"));
        String shown = Command.stowbook("-H", "unix://" + daemon.run().resolve("api.sock"), "info").out();
        assertTrue(shown.contains("memory v1") && shown.contains("rdma absent"), shown);
    }

    @Test
    void updateTellsWhatTheKernelRounded() throws Exception {
        JsonNode container = run("told", "sleep 1000", "", "");
        var words = new ArrayList<>(List.of("-H", "unix://" + daemon.run().resolve("api.sock"), "update", "told",
                "--memory", "70000001", "--cpus", "0.25", "--pids", "9"));
        Command update = Command.stowbook(words.toArray(new String[0]));
        assertEquals(0, update.exitCode(), update.err());
        assertTrue(update.out().startsWith("told updated"), update.out());
        assertTrue(update.out().contains("asked for 70000001, the kernel took 69996544"), update.out());
        assertEquals("25000", file("cpu", container, "cpu.cfs_quota_us"));
        assertEquals("9", file("pids", container, "pids.max"));
    }
}

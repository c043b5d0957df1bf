package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.RequiresRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon on a host whose first process is systemd; OnAPureV2HostIT runs it in a guest. */
@RequiresRoot
class SystemdIT {
    private static final Path TREE = Path.of("/sys/fs/cgroup");

    @TempDir
    Path directory;

    @BeforeEach
    void whereSystemdIsInit() {
        assumeTrue(Files.isDirectory(Path.of("/run/systemd/system")) && Files.isDirectory(TREE.resolve("system.slice")), "OnAPureV2HostIT runs it");
    }

    @Test
    void c24_aDaemonThatManagesGroupsBesideSystemdWarnsInItsLogAndInInfo() throws Exception {
        DaemonProcess daemon = DaemonProcess.start(directory);
        try {
            JsonNode info = daemon.rest().get("/v1/info").ok().json();
            assertEquals("cgroupfs", info.get("cgroupManager").asText());
            assertEquals(1, info.get("warnings").size());
            String warning = info.get("warnings").get(0).asText();
            assertTrue(warning.startsWith("systemd manages this host's cgroups"), warning);
            assertTrue(daemon.log().contains(warning), daemon.log());
        } finally {
            daemon.close();
        }
    }

    @Test
    void c23_aPodIsASliceItsContainerAScopeAndItsLimitsAreTheScopesProperties() throws Exception {
        Files.writeString(directory.resolve("config.yaml"), "drivers:\n  cgroup: cgroup-v2\n  settings:\n    cgroup-v2: {manager: systemd}\n");
        DaemonProcess daemon = DaemonProcess.start(directory);
        try {
            JsonNode info = daemon.rest().get("/v1/info").ok().json();
            assertEquals("systemd", info.get("cgroupManager").asText());
            assertEquals(0, info.get("warnings").size(), info.toString());
            daemon.importBusybox();
            daemon.rest().postYaml("/v1/pods", """
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: c23}
                    spec:
                      hostUsers: true
                      terminationGracePeriodSeconds: 1
                      containers:
                        - {name: main, image: busybox, command: [sleep, "1000"], resources: {limits: {cpu: 500m, memory: 64Mi, stowbook.dev/pids: 20}}}
                    """).ok();
            JsonNode container = daemon.rest().get("/v1/containers/c23").ok().json();
            for (int i = 0; i < 3000 && !container.get("state").asText().equals("running"); i++) {
                Thread.sleep(20);
                container = daemon.rest().get("/v1/containers/c23").ok().json();
            }
            String group = Files.readString(Path.of("/proc/" + container.get("pid").asLong() + "/cgroup")).strip().substring("0::/".length());
            Path scope = TREE.resolve(group).getParent();
            assertEquals("stowbook-" + info.get("instanceId").asText() + "-" + container.get("id").asText() + ".scope", scope.getFileName().toString());
            assertEquals(TREE.resolve("system.slice"), scope.getParent().getParent());
            assertEquals("67108864", Files.readString(scope.resolve("memory.max")).strip());
            assertEquals("50000 100000", Files.readString(scope.resolve("cpu.max")).strip());
            daemon.removeAllPods();
            assertTrue(Files.notExists(scope));
        } finally {
            daemon.close();
        }
    }
}

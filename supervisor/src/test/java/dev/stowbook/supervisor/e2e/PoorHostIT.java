package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host that lacks something: room on the disk, a controller. */
@RequiresRoot
class PoorHostIT {
    private static final String POD = """
            apiVersion: v1
            kind: Pod
            metadata: {name: %s}
            spec:
              restartPolicy: Never
              terminationGracePeriodSeconds: 1
              containers:
                - name: main
                  image: busybox
                  command: [sh, -c, "%s"]
            """;

    @Test
    void aFullDiskRefusesCommandsWhileContainersGoOnAndEverythingContinuesAfterwards(@TempDir Path directory) throws Exception {
        Path root = Files.createDirectory(directory.resolve("root"));
        Mounts.tmpfs(root, "size=80m");
        try {
            Files.writeString(directory.resolve("config.yaml"), "book: {reserveBytes: 2097152}\n");
            try (DaemonProcess daemon = DaemonProcess.start(directory)) {
                daemon.importBusybox();
                onAFullDisk(daemon, root);
            }
        } finally {
            Mounts.unmount(root);
        }
    }

    private static void onAFullDisk(DaemonProcess daemon, Path root) throws Exception {
        Rest rest = daemon.rest();
        rest.postYaml("/v1/pods", POD.formatted("steady", "exec sleep 1000")).ok();
        rest.postYaml("/v1/pods", POD.formatted("ending", "trap 'exit 7' USR1; echo ready; while :; do usleep 50000; done")).ok();
        long steady = pid(rest, "steady");
        long ending = pid(rest, "ending");
        for (int i = 0; i < 6000 && !rest.get("/v1/containers/ending/logs").text().contains("ready"); i++) {
            Thread.sleep(10); // until then the signal would be ignored, as by every first process
        }
        Path ballast = root.resolve("ballast");
        fill(ballast);

        Rest.Answer refused = rest.postYaml("/v1/pods", POD.formatted("late", "exit 0"));
        assertEquals(507, refused.status(), refused.text());
        assertEquals("DISK_FULL", refused.json().get("error").get("code").asText());
        assertTrue(refused.text().contains("make room"), refused.text());
        assertEquals(507, rest.post("/v1/images/import?reference=more", "application/x-tar", BusyboxTar.bytes()).status());
        try (FileChannel some = FileChannel.open(ballast, StandardOpenOption.WRITE)) {
            some.truncate(some.size() - BusyboxTar.bytes().length * 3 / 2); // room for the upload, none for its layer
        }
        Rest.Answer halfway = rest.post("/v1/images/import?reference=more", "application/x-tar", BusyboxTar.bytes());
        assertEquals(507, halfway.status(), halfway.text());
        assertTrue(Files.exists(Path.of("/proc/" + steady)));
        assertEquals(0, new ProcessBuilder("kill", "-USR1", Long.toString(ending)).start().waitFor());
        while (Files.exists(Path.of("/proc/" + ending))) {
            Thread.sleep(10);
        }
        assertEquals(200, rest.get("/v1/containers").status());

        Files.delete(ballast);
        assertEquals(7, rest.post("/v1/containers/ending/wait").ok().json().get("exitCode").asInt());
        assertEquals(steady, pid(rest, "steady"));
        rest.postYaml("/v1/pods", POD.formatted("late", "exit 3")).ok();
        assertEquals(3, rest.post("/v1/containers/late/wait").ok().json().get("exitCode").asInt());
        rest.post("/v1/images/import?reference=more", "application/x-tar", BusyboxTar.bytes()).ok();
        assertTrue(rest.post("/v1/verify").ok().json().get("ok").asBoolean());
    }

    private static void fill(Path ballast) throws IOException {
        byte[] block = new byte[4096];
        try (OutputStream out = Files.newOutputStream(ballast)) {
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            assertTrue(full.getMessage().contains("No space left"), full.toString());
        }
    }

    private static long pid(Rest rest, String name) throws Exception {
        JsonNode container = rest.get("/v1/containers/" + name).ok().json();
        for (int i = 0; i < 6000 && !container.get("state").asText().equals("running"); i++) {
            Thread.sleep(10);
            container = rest.get("/v1/containers/" + name).ok().json();
        }
        assertEquals("running", container.get("state").asText(), container.toString());
        return container.get("pid").asLong();
    }

    @Test
    void aLimitWhoseControllerIsMissingFailsThePodWithItsNameAndTheKernelArgument(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("config.yaml"), "drivers: {cgroup: cgroup-v2}\n");
        try (DaemonProcess daemon = DaemonProcess.start(directory)) {
            Rest rest = daemon.rest();
            daemon.importBusybox();
            rest.postYaml("/v1/pods", POD.formatted("limited", "exit 0").stripTrailing() + "\n      resources: {limits: {memory: 64Mi}}\n").ok();
            String error = "";
            for (int i = 0; i < 6000 && error.isEmpty(); i++) {
                Thread.sleep(10);
                error = rest.get("/v1/containers/limited").ok().json().path("error").asText("");
            }
            assertTrue(error.contains("the memory controller") && error.contains("=memory to the kernel's command line"), error);
            rest.postYaml("/v1/pods", POD.formatted("free", "exit 4")).ok();
            assertEquals(4, rest.post("/v1/containers/free/wait").ok().json().get("exitCode").asInt());
        }
    }
}

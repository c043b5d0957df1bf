package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.linux.mount.MountInfo;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Volumes through the whole daemon, read back from mountinfo, from the files, and from the book. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VolumesIT {
    private DaemonProcess daemon;
    private Rest rest;
    private Path host;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        host = Files.createDirectories(directory.resolve("host"));
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
        daemon.importBusybox();
    }

    @AfterAll
    void stop() throws Exception {
        daemon.close();
    }

    @AfterEach
    void removeAll() throws IOException {
        daemon.removeAllPods();
        rest.post("/v1/volumes/prune").ok();
        assertEquals(0, rest.get("/v1/volumes").ok().json().size(), "no volume is left");
    }

    /** A pod of one container; mounts and volumes are YAML flow. */
    private Rest.Answer apply(String name, String script, String mounts, String volumes) throws IOException {
        return rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 1
                  containers:
                    - {name: main, image: busybox, command: [sh, -c, '%s'], volumeMounts: [%s]}
                  volumes: [%s]
                """.formatted(name, script, mounts, volumes));
    }

    private JsonNode running(String pod) throws Exception {
        JsonNode container = rest.get("/v1/containers/" + pod).ok().json();
        for (int i = 0; i < 6000 && !container.get("state").asText().equals("running"); i++) {
            assertFalse(container.get("state").asText().equals("exited"), container::toString);
            Thread.sleep(10);
            container = rest.get("/v1/containers/" + pod).ok().json();
        }
        assertEquals("running", container.get("state").asText(), container.toString());
        return container;
    }

    private int code(String pod) throws IOException {
        return rest.post("/v1/containers/" + pod + "/wait").ok().json().get("exitCode").asInt();
    }

    private List<JsonNode> events(String type, String about) throws IOException {
        return rest.events(1).stream()
                .filter(event -> event.get("type").asText().startsWith("dev.stowbook." + type + ".") && event.get("data").toString().contains(about))
                .toList();
    }

    private static Map<String, MountInfo> mounts(long pid) throws IOException {
        return MountInfo.ofProcess(pid).stream().collect(Collectors.toMap(MountInfo::target, mount -> mount, (a, b) -> b));
    }

    @Test
    void n19_hostFilesShowUpOnlyWhereTheyAreDeclaredAndAsWritableAsTheyAreDeclared() throws Exception {
        Path declared = Files.createDirectories(host.resolve("n19/declared"));
        Path undeclared = Files.writeString(host.resolve("n19/undeclared"), "hidden");
        Files.writeString(declared.resolve("file"), "shown");
        apply("n19", "sleep 1000",
                "{name: h, mountPath: /rw}, {name: h, mountPath: /ro, readOnly: true}",
                "{name: h, hostPath: {path: %s, type: Directory}}".formatted(declared)).ok();
        JsonNode container = running("n19");
        long pid = container.get("pid").asLong();
        Path root = Path.of("/proc/" + pid + "/root");
        Map<String, MountInfo> mounts = mounts(pid);
        assertEquals("rw", mounts.get("/rw").options().getFirst());
        assertEquals("ro", mounts.get("/ro").options().getFirst());
        assertTrue(mounts.get("/ro").root().endsWith("/n19/declared"), mounts.get("/ro")::toString);
        assertEquals("shown", Files.readString(root.resolve("rw/file")));
        assertFalse(Files.exists(root.resolve(undeclared.toString().substring(1))), "what was not declared is not there");
        assertFalse(mounts.values().stream().anyMatch(mount -> mount.root().endsWith("/n19")), mounts::toString);
        JsonNode event = events("VolumeMounted", container.get("podId").asText()).getFirst().get("data");
        assertEquals(declared.toString(), event.get("source").get("path").asText(), event.toString());
    }

    @Test
    void i20_aNamedVolumeSurvivesItsPodsAndAKilledDaemonAndIsRemovedOnlyWhenNobodyHasIt() throws Exception {
        rest.postJson("/v1/volumes", "{\"name\":\"i20\"}").ok();
        String claim = "{name: d, persistentVolumeClaim: {claimName: i20}}";
        apply("i20", "echo kept > /data/file", "{name: d, mountPath: /data}", claim).ok();
        assertEquals(0, code("i20"));
        Path data = Path.of(rest.get("/v1/volumes/i20").ok().json().get("path").asText());
        assertEquals(daemon.root().resolve("volumes/local/i20/_data"), data);
        assertEquals("kept\n", Files.readString(data.resolve("file")));
        assertEquals(409, rest.delete("/v1/volumes/i20").status());
        rest.delete("/v1/pods/i20?force=true").ok();
        daemon.killHard();
        daemon.restart();
        apply("i20", "cat /data/file && sleep 1000", "{name: d, mountPath: /data}", claim).ok();
        long pid = running("i20").get("pid").asLong();
        assertEquals("kept\n", Files.readString(Path.of("/proc/" + pid + "/root/data/file")));
        Rest.Answer used = rest.delete("/v1/volumes/i20");
        assertEquals(409, used.status());
        assertTrue(used.text().contains("is used by pod i20"), used.text());
        rest.delete("/v1/pods/i20?force=true&grace=0").ok();
        rest.delete("/v1/volumes/i20").ok();
        assertFalse(Files.exists(data.getParent(), LinkOption.NOFOLLOW_LINKS), "its files are gone");
        assertEquals(1, events("VolumeRemoved", "i20").size());
        Rest.Answer claimed = apply("i20", "true", "{name: d, mountPath: /data}", claim);
        assertEquals(404, claimed.status());
        assertTrue(claimed.text().contains("stowbook volume create i20"), claimed.text());
    }

    /** Its shell lies where the volume is mounted: without the image's files nothing could be started. */
    @Test
    void anEmptyVolumeTakesWhatTheImageHasAndAnotherPodsChangesStay() throws Exception {
        String volume = "{name: d, stowbook: {volume: tools}}";
        apply("first", "touch /bin/mine && exit 3", "{name: d, mountPath: /bin}", volume).ok();
        assertEquals(3, code("first"));
        JsonNode filled = events("VolumeFilled", "tools").getFirst().get("data");
        assertTrue(filled.get("files").asInt() > 1, filled.toString());
        apply("second", "test -e /bin/mine && exit 4", "{name: d, mountPath: /bin}", volume).ok();
        assertEquals(4, code("second"));
        assertEquals(1, events("VolumeFilled", "tools").size(), "filled once");
    }

    @Test
    void aPodsOwnDirectoryIsSharedByItsContainersAndGoesWithIt() throws Exception {
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: shared}
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 1
                  containers:
                    - {name: writer, image: busybox, command: [sh, -c, 'echo disk > /d/x; echo memory > /m/x; sleep 1000'], volumeMounts: [{name: d, mountPath: /d}, {name: m, mountPath: /m}]}
                    - {name: reader, image: busybox, command: [sh, -c, 'while ! cat /m/x || ! cat /d/x; do usleep 20000; done; ! dd if=/dev/zero of=/m/big bs=1k count=2000 && test -s /m/big'], volumeMounts: [{name: d, mountPath: /d}, {name: m, mountPath: /m}], securityContext: {runAsUser: 1000}}
                  volumes:
                    - {name: d, emptyDir: {}}
                    - {name: m, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
                """).ok();
        assertEquals(0, rest.post("/v1/containers/shared%2Freader/wait").ok().json().get("exitCode").asInt());
        List<MountInfo> own = MountInfo.ofSelf().stream().filter(mount -> mount.target().startsWith(daemon.run() + "/drivers/local/")).toList();
        assertEquals(1, own.size(), own::toString);
        assertEquals("1024k", own.getFirst().superOption("size").orElseThrow());
        JsonNode pod = rest.get("/v1/pods/shared").ok().json();
        assertEquals(2, pod.get("volumes").size(), pod.toString());
        assertTrue(pod.at("/volumes/0/mounted").asBoolean() && pod.at("/volumes/1/path").asText().equals(own.getFirst().target().toString()), pod.toString());
        assertEquals("/d", pod.at("/containers/0/mounts/0/mountPath").asText());
        String why = rest.get("/v1/why/shared%2Fwriter").ok().json().toString();
        assertTrue(why.contains("is used by pod shared from " + pod.at("/volumes/0/path").asText()), why);
        rest.post("/v1/pods/shared/stop?grace=0").ok();
        assertFalse(rest.get("/v1/pods/shared").ok().json().at("/volumes/0/mounted").asBoolean());
        assertTrue(MountInfo.ofSelf().stream().noneMatch(mount -> mount.target().startsWith(daemon.run() + "/drivers/local/")));
        try (var left = Files.list(daemon.root().resolve("volumes/local"))) {
            assertEquals(2, left.count(), "a stopped pod keeps its directories");
        }
        rest.delete("/v1/pods/shared").ok();
        try (var left = Files.list(daemon.root().resolve("volumes/local"))) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void aSymlinkInAVolumeLeadsNowhereOutsideIt() throws Exception {
        String volume = "{name: d, stowbook: {volume: hostile, copy: false}}";
        Files.writeString(host.resolve("secret"), "the host's");
        apply("attacker", "ln -s / /data/root; ln -s %s /data/file; ln -s ../../../../../../../../etc /data/up".formatted(host.resolve("secret")),
                "{name: d, mountPath: /data}", volume).ok();
        assertEquals(0, code("attacker"));
        apply("root", "ls -a /mnt", "{name: d, mountPath: /mnt, subPath: root}", volume).ok();
        assertEquals(0, code("root"));
        assertTrue(rest.get("/v1/containers/root/logs").ok().text().contains("up"), "the root it leads to is the volume's");
        for (String link : List.of("file", "up")) {
            apply(link, "true", "{name: d, mountPath: /mnt, subPath: %s}".formatted(link), volume).ok();
            assertEquals(128, code(link), link);
        }
        rest.delete("/v1/pods/attacker").ok();
    }

    @Test
    void whatCannotBeHadIsSaidInOneSentence() throws Exception {
        Path missing = host.resolve("missing");
        apply("missing", "true", "{name: h, mountPath: /h}", "{name: h, hostPath: {path: %s}}".formatted(missing)).ok();
        assertEquals(128, code("missing"));
        assertTrue(rest.get("/v1/why/missing").ok().json().toString().contains("step volume:h failed: " + missing), "why tells");
        String failed = events("StepFailed", "volume:h").getFirst().get("data").get("message").asText();
        assertTrue(failed.startsWith(missing + " does not exist on the host"), failed);
        Rest.Answer option = rest.postJson("/v1/volumes", "{\"name\":\"x\",\"options\":{\"colour\":\"blue\"}}");
        assertEquals(400, option.status());
        assertTrue(option.text().contains("has no option colour"), option.text());
        Rest.Answer driver = rest.postJson("/v1/volumes", "{\"name\":\"x\",\"driver\":\"nothing\"}");
        assertEquals(503, driver.status(), driver.text());
        Rest.Answer size = rest.postJson("/v1/volumes", "{\"name\":\"x\",\"sizeLimitBytes\":1048576}");
        assertEquals(501, size.status(), size.text());
        assertFalse(Files.exists(daemon.root().resolve("volumes/local/x")));
    }

    @Test
    void theCommandMakesListsAndRemovesVolumes() throws Exception {
        String socket = "unix://" + daemon.run().resolve("api.sock");
        assertEquals("mine\n", Command.stowbook("-H", socket, "volume", "create", "mine", "--label", "a=b", "--opt", "type=tmpfs", "--size", "1Mi").out());
        assertTrue(Command.stowbook("-H", socket, "volume", "ls").out().contains("mine"));
        assertTrue(Command.stowbook("-H", socket, "volume", "inspect", "mine").out().replaceAll("\\s", "").contains("\"labels\":{\"a\":\"b\"}"));
        Command asked = Command.stowbook("-H", socket, "volume", "prune");
        assertTrue(asked.exitCode() != 0 && asked.err().contains("mine") && asked.err().contains("--force"), asked.err());
        assertEquals("mine removed\n", Command.stowbook("-H", socket, "volume", "rm", "mine").out());
        assertEquals(404, rest.get("/v1/volumes/mine").status());
    }
}

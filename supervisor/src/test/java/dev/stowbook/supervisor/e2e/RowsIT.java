package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Rows whose effect needs the whole daemon: who asked, and what the book says of work that drivers and keepers did. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RowsIT {
    private static final int NOBODY = 65534;

    private DaemonProcess daemon;
    private Rest rest;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        // what a stranger runs into is to be the socket, not the directory
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
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

    private JsonNode run(String name) throws Exception {
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                    - {name: main, image: busybox, command: [sleep, "1000"]}
                """.formatted(name)).ok();
        JsonNode container = rest.get("/v1/containers/" + name).ok().json();
        for (int i = 0; i < 6000 && !container.get("state").asText().equals("running"); i++) {
            Thread.sleep(10);
            container = rest.get("/v1/containers/" + name).ok().json();
        }
        assertEquals("running", container.get("state").asText(), container.toString());
        return container;
    }

    private JsonNode event(String type, String about) throws IOException {
        List<JsonNode> found = rest.events(1).stream()
                .filter(event -> event.get("type").asText().startsWith("dev.stowbook." + type + ".") && event.get("data").toString().contains(about))
                .toList();
        assertEquals(1, found.size(), type + " about " + about + ": " + found);
        return found.getFirst();
    }

    /** A command of another user, with that group of its own. */
    private Command as(int gid, String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of("-H", "unix://" + daemon.run().resolve("api.sock")));
        all.addAll(List.of(words));
        return Command.prefixed(
                List.of("setpriv", "--reuid", "" + NOBODY, "--regid", "" + gid, "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"),
                all.toArray(new String[0]));
    }

    @Test
    void d4_theSocketIsForRootAndItsGroupAndWhoAskedIsInTheBook() throws Exception {
        Path socket = daemon.run().resolve("api.sock");
        assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
        assertEquals(0, Files.getAttribute(socket, "unix:uid"));
        int gid = (Integer) Files.getAttribute(socket, "unix:gid");

        Command stranger = as(NOBODY, "kill", "d4");
        assertEquals(5, stranger.exitCode(), stranger.err());
        assertTrue(stranger.err().contains("Permission denied"), stranger.err());

        String id = run("d4").get("podId").asText();
        String actor = event("PodCreated", id).get("actor").asText();
        assertTrue(actor.contains("uid 0 pid " + ProcessHandle.current().pid()), actor);

        Command member = as(gid, "rm", "-f", "d4");
        assertEquals(0, member.exitCode(), member.err());
        String other = event("PodRemovalRequested", id).get("actor").asText();
        assertTrue(other.matches(".*uid " + NOBODY + " pid [1-9][0-9]*"), other);
    }

    @Test
    void n14_execJoinsEveryNamespaceAndTheGroupOfItsContainerAndTheBookHasItsStartAndItsCode() throws Exception {
        JsonNode container = run("n14");
        String own = namespaces(daemon.pid());
        String exec = rest.postJson("/v1/containers/n14/exec", "{\"command\":[\"sh\",\"-c\",\"while [ ! -e /end ]; do usleep 20000; done; exit 9\"]}")
                .ok().json().get("id").asText();
        JsonNode started = rest.get("/v1/execs/" + exec).ok().json();
        for (int i = 0; i < 6000 && !started.has("pid"); i++) {
            Thread.sleep(10);
            started = rest.get("/v1/execs/" + exec).ok().json();
        }
        long pid = started.get("pid").asLong();
        assertEquals(namespaces(container.get("pid").asLong()), namespaces(pid));
        assertEquals(
                Files.readString(Path.of("/proc/" + container.get("pid").asLong() + "/cgroup")), Files.readString(Path.of("/proc/" + pid + "/cgroup")));
        assertEquals(own, namespaces(daemon.pid()));

        // not through /proc/<pid>/root: root of the host is nobody among the pod's own users
        rest.postJson("/v1/containers/n14/exec", "{\"command\":[\"touch\",\"/end\"]}").ok();
        for (int i = 0; i < 6000 && !rest.get("/v1/execs/" + exec).ok().json().has("exitCode"); i++) {
            Thread.sleep(10);
        }
        assertEquals(9, rest.get("/v1/execs/" + exec).ok().json().get("exitCode").asInt());
        long begin = event("ExecStarted", exec).get("sequence").asLong();
        JsonNode end = event("ExecExited", exec);
        assertTrue(begin < end.get("sequence").asLong());
        assertTrue(end.get("data").toString().contains("9"), end.toString());
    }

    private static String namespaces(long pid) throws IOException {
        StringBuilder all = new StringBuilder();
        for (String kind : List.of("pid", "mnt", "net", "ipc", "uts", "cgroup")) {
            all.append(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/" + kind))).append(' ');
        }
        return all.toString();
    }

    @Test
    void u2_theDirectoriesInTheBookAreThoseOfTheMountInTheKernel() throws Exception {
        JsonNode container = run("u2");
        JsonNode prepared = event("RootfsPrepared", container.get("id").asText()).get("data");
        String root = Files.readAllLines(Path.of("/proc/" + container.get("pid").asLong() + "/mountinfo")).stream()
                .filter(line -> line.split(" ")[4].equals("/"))
                .findFirst()
                .orElseThrow();
        assertTrue(root.contains(" - overlay "), root);
        assertEquals(2, prepared.get("lower").size(), "the image's layer and its init layer: " + prepared);
        for (JsonNode lower : prepared.get("lower")) {
            assertTrue(root.contains(lower.asText()), root + " lacks " + lower);
        }
        assertTrue(root.contains("upperdir=" + prepared.get("upper").asText()), root);
        assertTrue(root.contains("workdir=" + prepared.get("work").asText()), root);
    }
}

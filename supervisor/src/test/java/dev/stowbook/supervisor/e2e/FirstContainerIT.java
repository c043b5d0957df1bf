package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.supervisor.FreePort;
import dev.stowbook.testkit.KernelSnapshot;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Containers of a whole daemon, each effect read back from the kernel, each with its events in the book. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FirstContainerIT {
    private static final String SLEEPER = """
            apiVersion: v1
            kind: Pod
            metadata: {name: %s}
            spec:
              hostname: inside
              restartPolicy: Never
              terminationGracePeriodSeconds: 1
              containers:
                - name: main
                  image: busybox
                  command: [sh, -c, "%s"]
            """;

    private DaemonProcess daemon;
    private Rest rest;
    private KernelSnapshot before;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        before = KernelSnapshot.take(KernelSnapshot.Filter.ofKernelOnly(directory.toString()));
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
        daemon.importBusybox();
    }

    @AfterAll
    void stop() throws Exception {
        String instance = rest.get("/v1/info").json().get("instanceId").asText();
        daemon.close();
        try (Stream<Path> groups = Files.find(Path.of("/sys/fs/cgroup"), 3, (path, a) -> path.getFileName().toString().contains(instance))) {
            assertEquals(List.of(), groups.toList(), "cgroups are left");
        }
        KernelSnapshot.assertNothingLeft(before);
    }

    @AfterEach
    void removePods() throws IOException {
        daemon.removeAllPods();
    }

    private void apply(String yaml) throws IOException {
        rest.postYaml("/v1/pods", yaml).ok();
    }

    private JsonNode running(String ref) throws Exception {
        return await(ref, "running");
    }

    private JsonNode await(String ref, String state) throws Exception {
        JsonNode container = rest.get("/v1/containers/" + Rest.encode(ref)).ok().json();
        for (int i = 0; i < 6000 && !container.get("state").asText().equals(state); i++) {
            Thread.sleep(10);
            container = rest.get("/v1/containers/" + Rest.encode(ref)).ok().json();
        }
        assertEquals(state, container.get("state").asText(), container.toString());
        return container;
    }

    private String output(String ref) throws IOException {
        return rest.get("/v1/containers/" + Rest.encode(ref) + "/logs").ok().text();
    }

    private String runToEnd(String name, String script) throws Exception {
        apply(SLEEPER.formatted(name, script));
        rest.post("/v1/containers/" + name + "/wait").ok();
        return output(name);
    }

    private List<String> eventTypes(String subject) throws IOException {
        return rest.events(1).stream()
                .filter(event -> event.path("data").toString().contains(subject))
                .map(event -> event.get("type").asText().replace("dev.stowbook.", "").replaceAll("\\.v\\d+$", ""))
                .toList();
    }

    @Test
    void n1_aContainersFirstProcessIsPid1InsideAndAnotherPidOutside() throws Exception {
        apply(SLEEPER.formatted("n1", "echo $$$$; exec sleep 100"));
        JsonNode container = running("n1");
        for (int i = 0; i < 6000 && output("n1").isEmpty(); i++) {
            Thread.sleep(10);
        }
        assertEquals("1\n", output("n1"));
        String status = Files.readString(Path.of("/proc/" + container.get("pid").asInt() + "/status"));
        String nspid = status.lines().filter(line -> line.startsWith("NSpid:")).findFirst().orElseThrow();
        assertEquals(List.of(container.get("pid").asText(), "1"), List.of(nspid.substring(6).trim().split("\\s+")));
        assertTrue(eventTypes(container.get("id").asText()).contains("ProcessStarted"));
    }

    @Test
    void n6_theHostNameInsideIsTheManifestsAndTheHostKeepsItsOwn() throws Exception {
        String host = Files.readString(Path.of("/proc/sys/kernel/hostname"));
        assertEquals("inside\n", runToEnd("n6", "hostname"));
        assertEquals(host, Files.readString(Path.of("/proc/sys/kernel/hostname")));
    }

    @Test
    void n13_theInodesInTheBookAreThoseOfTheKernelAndPodMembersShareThem() throws Exception {
        apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: n13}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                    - {name: a, image: busybox, command: [sleep, "100"]}
                    - {name: b, image: busybox, command: [sleep, "100"]}
                """);
        JsonNode a = running("n13/a");
        JsonNode b = running("n13/b");
        for (String kind : List.of("pid", "mnt", "net", "ipc", "uts")) {
            String link = Files.readSymbolicLink(Path.of("/proc/" + a.get("pid").asInt() + "/ns/" + kind)).toString();
            assertEquals(kind + ":[" + a.get("namespaces").get(kind).asText() + "]", link);
        }
        for (String kind : List.of("net", "ipc", "uts")) {
            assertEquals(a.get("namespaces").get(kind), b.get("namespaces").get(kind), kind);
        }
        for (String kind : List.of("pid", "mnt")) {
            assertNotEquals(a.get("namespaces").get(kind), b.get("namespaces").get(kind), kind);
        }
    }

    @Test
    void n8_twoPodsListenOnPort80AtOnceAndSeeOnlyTheirOwnLinks() throws Exception {
        for (String name : List.of("n8a", "n8b")) {
            apply(SLEEPER.formatted(name, "ip -o link | wc -l; exec httpd -f -p 80 -h /www"));
            running(name);
        }
        for (String name : List.of("n8a", "n8b")) {
            String address = running(name).get("address").asText();
            assertEquals("hello from the book\n", fetch("http://" + address + "/"));
            assertEquals("2\n", output(name));
        }
    }

    @Test
    void d8_aPublishedPortLeadsInAndGoesAwayWithItsPod() throws Exception {
        int port = FreePort.at("127.0.0.1");
        apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: d8}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                    - name: web
                      image: busybox
                      command: [httpd, -f, -p, "80", -h, /www]
                      ports: [{containerPort: 80, hostPort: %d}]
                """.formatted(port));
        running("d8");
        assertEquals("hello from the book\n", fetch("http://127.0.0.1:" + port + "/"));
        rest.delete("/v1/pods/d8?force=true&grace=0").ok();
        try {
            fetch("http://127.0.0.1:" + port + "/", 2);
            throw new AssertionError("the port still leads somewhere");
        } catch (IOException e) {
            assertTrue(e instanceof java.net.ConnectException, e.toString());
        }
    }

    /** A container that runs may not listen yet. */
    private static String fetch(String url) throws IOException, InterruptedException {
        return fetch(url, 6000);
    }

    private static String fetch(String url, int attempts) throws IOException, InterruptedException {
        IOException last = new IOException("never tried");
        for (int i = 0; i < attempts; i++) {
            try (HttpClient client = HttpClient.newHttpClient()) {
                return client.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString())
                        .body();
            } catch (java.net.ConnectException e) {
                last = e;
                Thread.sleep(10);
            }
        }
        throw last;
    }

    @Test
    void c21_theGroupIsNamedByTheContainerAndGoneAfterItsRemoval() throws Exception {
        apply(SLEEPER.formatted("c21", "exec sleep 100"));
        String id = running("c21").get("id").asText();
        try (Stream<Path> groups = Files.find(Path.of("/sys/fs/cgroup"), 5, (path, a) -> path.getFileName().toString().equals(id))) {
            assertFalse(groups.toList().isEmpty());
        }
        rest.delete("/v1/pods/c21?force=true&grace=0").ok();
        try (Stream<Path> groups = Files.find(Path.of("/sys/fs/cgroup"), 5, (path, a) -> path.getFileName().toString().equals(id))) {
            assertEquals(List.of(), groups.toList());
        }
    }

    @Test
    void c7_aContainerBeyondItsMemoryLimitIsKilledAndTheBookSaysWhy() throws Exception {
        apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: c7}
                spec:
                  restartPolicy: Never
                  containers:
                    - name: eater
                      image: busybox
                      command: [sh, -c, "a=x; while true; do a=$a$a$a; done"]
                      resources: {limits: {memory: 16Mi}}
                """);
        JsonNode end = rest.post("/v1/containers/c7/wait").ok().json();
        assertEquals(137, end.get("exitCode").asInt());
        String id = await("c7", "exited").get("id").asText();
        List<String> types = eventTypes(id);
        for (int i = 0; i < 3000 && !types.contains("OomKilled"); i++) { // the kernel tells of it beside the end
            Thread.sleep(20);
            types = eventTypes(id);
        }
        assertTrue(types.contains("OomKilled"), types.toString());
    }

    @Test
    void c12_aStopThatIsNotHeardEndsInFrozenKilledReaped() throws Exception {
        apply(SLEEPER.formatted("c12", "trap '' TERM; while true; do sleep 1; done"));
        String id = running("c12").get("id").asText();
        rest.post("/v1/containers/c12/stop?grace=0").ok();
        List<String> types = eventTypes(id);
        int frozen = types.indexOf("ProcessesFrozen");
        int killed = types.indexOf("ProcessesKilled");
        int exited = types.indexOf("ProcessExited");
        assertTrue(frozen >= 0 && frozen < killed && killed < exited, types.toString());
        assertEquals(137, await("c12", "exited").get("exitCode").asInt());
    }

    @Test
    void exitCodesAreTrue() throws Exception {
        apply(SLEEPER.formatted("exit7", "exit 7"));
        assertEquals(7, rest.post("/v1/containers/exit7/wait").ok().json().get("exitCode").asInt());
        apply(SLEEPER.formatted("missing", "exit 0").replace("sh, -c,", "/no/such/program,"));
        assertEquals(127, rest.post("/v1/containers/missing/wait").ok().json().get("exitCode").asInt());
        assertTrue(rest.get("/v1/containers/missing").json().get("error").asText().contains("/no/such/program"));
    }

    @Test
    void aContainerRunsOnWhileItsDaemonIsKilledAndItsEndIsNotMissed() throws Exception {
        apply(SLEEPER.formatted("survivor", "sleep 12; echo done; exit 5"));
        int pid = running("survivor").get("pid").asInt();
        daemon.killHard();
        assertTrue(Files.exists(Path.of("/proc/" + pid)));
        for (int i = 0; i < 6000 && Files.exists(Path.of("/proc/" + pid)); i++) {
            Thread.sleep(10);
        }
        daemon.restart();
        JsonNode end = await("survivor", "exited");
        assertEquals(5, end.get("exitCode").asInt());
        assertEquals("done\n", output("survivor"));
    }
}

package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Pods' own users and the sandboxes that wait for pods, through the daemon: rows N10, N11 and N16. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UsersIT {
    private DaemonProcess daemon;
    private Rest rest;

    /** Of the daemon. */
    String configuration() {
        return "{}";
    }

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("config.yaml"), configuration());
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
        daemon.importBusybox();
    }

    @AfterAll
    void stop() throws Exception {
        daemon.close();
        assertEquals(Set.of(), readyInodes(), "a daemon that ends leaves no sandbox behind");
    }

    @AfterEach
    void removePods() throws IOException {
        daemon.removeAllPods();
    }

    private JsonNode run(String name, String command, String more) throws Exception {
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  terminationGracePeriodSeconds: 0
                  %s
                  containers:
                    - name: main
                      image: busybox
                      command: [sh, -c, "%s"]
                      securityContext: {capabilities: {add: [ALL]}}
                """.formatted(name, more, command)).ok();
        return until(() -> rest.get("/v1/containers/" + name).ok().json(), container -> container.get("state").asText().equals("running"));
    }

    private static <T> T until(Callable<T> look, java.util.function.Predicate<T> good) throws Exception {
        T seen = look.call();
        for (int i = 0; i < 6000 && !good.test(seen); i++) {
            Thread.sleep(10);
            seen = look.call();
        }
        assertTrue(good.test(seen), String.valueOf(seen));
        return seen;
    }

    private List<JsonNode> events(String type, String about) throws IOException {
        return rest.events(1).stream()
                .filter(event -> event.get("type").asText().startsWith("dev.stowbook." + type + ".") && event.get("data").toString().contains(about))
                .toList();
    }

    private JsonNode data(String type, String about) throws IOException {
        return events(type, about).getFirst().get("data");
    }

    private static long owner(Path path) throws IOException {
        return Integer.toUnsignedLong((Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS));
    }

    private static long inode(Path namespace) throws IOException {
        return (Long) Files.getAttribute(namespace, "unix:ino");
    }

    private static String map(Path file) throws IOException {
        return Files.readString(file).strip().replaceAll(" +", " ");
    }

    private static String run(String... argv) throws Exception {
        Process process = new ProcessBuilder(argv).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        return process.waitFor() + " " + output.strip();
    }

    @Test
    void n10_rootInsideIsAPlainUserOutsideWithAllCapabilitiesThereAndNoneHere() throws Exception {
        JsonNode container = run("n10", "touch /dev/shm/in-memory /root/on-disk; exec sleep 1000", "");
        Path proc = Path.of("/proc/" + container.get("pid").asLong());
        JsonNode users = data("PodCreated", container.get("podId").asText()).get("users");
        long first = users.get("first").asLong();
        until(() -> Files.exists(proc.resolve("root/root/on-disk")) && owner(proc) != 0, done -> done);
        assertEquals("0 " + first + " 65536", map(proc.resolve("uid_map")));
        assertEquals(first, owner(proc));
        assertEquals(first, owner(proc.resolve("root/dev/shm/in-memory")));
        assertEquals(0, owner(Path.of(data("RootfsPrepared", container.get("id").asText()).get("upper").asText()).resolve("root/on-disk")));
        String own = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(l -> l.startsWith("CapBnd")).findFirst().orElseThrow();
        long all = 2 * Long.highestOneBit(Long.parseLong(own.substring(8), 16)) - 1;
        assertTrue(Files.readAllLines(proc.resolve("status")).contains("CapEff:\t%016x".formatted(all)));

        String refused = run("nsenter", "--user=" + proc.resolve("ns/user"), "mount", "-t", "tmpfs", "stowbook-test", "/mnt");
        assertFalse(refused.startsWith("0"), refused);
        assertFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains("stowbook-test "));
        JsonNode namespaces = data("ProcessStarted", container.get("id").asText()).get("namespaces");
        assertEquals(namespaces.get("user").asLong(), inode(proc.resolve("ns/user")));
        JsonNode shown = rest.get("/v1/pods/n10").ok().json().get("users");
        assertEquals(users, shown, "what inspect shows");
    }

    @Test
    void n10_aPodMayHaveTheHostsUsersAndSoDoItsFiles() throws Exception {
        JsonNode container = run("host", "exec sleep 1000", "hostUsers: true");
        Path proc = Path.of("/proc/" + container.get("pid").asLong());
        assertEquals("0 0 4294967295", map(proc.resolve("uid_map")));
        assertFalse(data("PodCreated", container.get("podId").asText()).has("users"));
        assertEquals(inode(Path.of("/proc/self/ns/user")), inode(proc.resolve("ns/user")));
    }

    @Test
    void n11_theMapsAreWhatTheBookSaysAndAreWrittenOnce() throws Exception {
        JsonNode container = run("n11", "exec sleep 1000", "");
        JsonNode users = data("PodCreated", container.get("podId").asText()).get("users");
        for (String map : List.of("uid_map", "gid_map")) {
            Path file = Path.of("/proc/" + container.get("pid").asLong() + "/" + map);
            String before = map(file);
            assertEquals("0 " + users.get("first").asLong() + " " + users.get("count").asLong(), before);
            IOException refused = assertThrows(IOException.class, () -> Files.writeString(file, "0 0 1\n", StandardOpenOption.WRITE));
            assertTrue(refused.getMessage().contains("Operation not permitted"), refused.getMessage());
            assertEquals(before, map(file));
        }
    }

    @Test
    void n16_aHeldDescriptorKeepsANamespaceAfterItsLastProcessAndThePodKeepsItsWithoutAny() throws Exception {
        JsonNode container = run("n16", "exec sleep 1000", "restartPolicy: Always");
        long pid = container.get("pid").asLong();
        Path net = Path.of("/proc/" + pid + "/ns/net");
        long identity = inode(net);
        Process holder = new ProcessBuilder("sleep", "1000").redirectInput(net.toFile()).start();
        try {
            assertTrue(ProcessHandle.of(pid).orElseThrow().destroyForcibly()); // the pod's only process
            JsonNode again = until(() -> rest.get("/v1/containers/n16").ok().json(), c -> c.has("pid") && c.get("pid").asLong() != pid && c.get("state").asText().equals("running"));
            assertEquals(identity, inode(Path.of("/proc/" + again.get("pid").asLong() + "/ns/net")), "no process held it meanwhile");
            rest.delete("/v1/pods/n16?force=true&grace=0").ok();
            String held = "/proc/" + holder.pid() + "/fd/0";
            assertEquals("0 net:[" + identity + "]", run("nsenter", "--net=" + held, "readlink", "/proc/self/ns/net"));
            // a link between here and there: it goes with the namespace
            assertEquals("0", run("ip", "link", "add", "sbkn16", "type", "veth", "peer", "name", "sbkpeer", "netns", held).strip());
            assertTrue(Files.exists(Path.of("/sys/class/net/sbkn16")));
        } finally {
            holder.destroyForcibly().waitFor();
        }
        until(() -> Files.exists(Path.of("/sys/class/net/sbkn16")), there -> !there);
    }

    private Set<Long> readyInodes() throws IOException {
        Set<Long> inodes = new TreeSet<>();
        Path ready = daemon.run().resolve("ready");
        if (Files.isDirectory(ready)) {
            try (var directories = Files.list(ready)) {
                for (Path directory : directories.toList()) {
                    Path net = directory.resolve("net");
                    if (Files.exists(net)) {
                        inodes.add(inode(net));
                    }
                }
            } catch (java.nio.file.NoSuchFileException e) {
                // taken meanwhile
            }
        }
        return inodes;
    }

    @Test
    void aReadySandboxBecomesTheNextPodsAndIsReplaced() throws Exception {
        Set<Long> ready = until(this::readyInodes, inodes -> inodes.size() == 2);
        JsonNode container = run("first", "hostname > /hostname; exec sleep 1000", "hostname: harbour");
        long net = inode(Path.of("/proc/" + container.get("pid").asLong() + "/ns/net"));
        assertTrue(ready.contains(net), net + " is none of " + ready);
        assertEquals(net, data("SandboxCreated", container.get("podId").asText()).get("namespaces").get("net").asLong());
        Path hostname = Path.of("/proc/" + container.get("pid").asLong() + "/root/hostname");
        until(() -> Files.exists(hostname) && Files.size(hostname) > 0, there -> there);
        assertEquals("harbour\n", Files.readString(hostname));
        Set<Long> later = until(this::readyInodes, inodes -> inodes.size() == 2 && !inodes.contains(net));
        assertFalse(later.contains(net));
    }

    @Test
    void podsThatStartAtOnceShareNeitherSandboxNorUsers() throws Exception {
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int number = i;
            clients.add(Thread.ofPlatform().start(() -> {
                try {
                    run("many-" + number, "exec sleep 1000", "");
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        for (Thread client : clients) {
            client.join(TimeUnit.SECONDS.toMillis(60));
        }
        Set<String> seen = new TreeSet<>();
        for (int i = 0; i < 8; i++) {
            long pid = rest.get("/v1/containers/many-" + i).ok().json().get("pid").asLong();
            assertTrue(seen.add("net " + inode(Path.of("/proc/" + pid + "/ns/net"))), "a network namespace is shared");
            assertTrue(seen.add("user " + inode(Path.of("/proc/" + pid + "/ns/user"))), "a user namespace is shared");
            assertTrue(seen.add("map " + map(Path.of("/proc/" + pid + "/uid_map"))), "ids are shared");
        }
    }

    @Test
    void whatAKilledDaemonHadReadyIsFoundAsAnOrphanAndRemoved() throws Exception {
        Set<Long> before = until(this::readyInodes, inodes -> inodes.size() == 2);
        int orphans = events("OrphanFound", "ready sandbox").size();
        daemon.killHard();
        assertEquals(before, readyInodes());
        daemon.restart();
        assertEquals(orphans + 2, until(() -> events("OrphanRemoved", "ready sandbox").size(), count -> count >= orphans + 2));
        for (JsonNode removed : events("OrphanRemoved", "ready sandbox")) {
            assertEquals("", removed.get("data").path("error").asText(), removed.toString());
        }
        Set<Long> after = until(this::readyInodes, inodes -> inodes.size() == 2);
        assertNotEquals(before, after);
    }
}

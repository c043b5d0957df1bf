package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.process.PidFd;
import dev.stowbook.linux.process.ProcessIdentity;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rows N1-N8, N12, N13, N16-N19 of the mechanisms, as far as the keeper alone shows them. */
class NamespaceTest extends ContainersTest {
    private Path pod;
    private Sandbox sandbox;

    @BeforeEach
    void makeSandbox() throws Exception {
        pod = Files.createDirectory(containers.directory.resolve("pod"));
        sandbox = containers.sandbox(pod, "harbour");
    }

    @AfterEach
    @Override
    void close() throws Exception {
        Sandbox.remove(pod);
        super.close();
    }

    @Test
    void n1_theFirstProcessIsPid1InsideAndAnotherPidOutside() throws Exception {
        Containers.Box box = containers.shell("echo $$; sleep 30");
        int pid = box.start().started().process().pid();
        String[] pids = status(pid, "NSpid").split("\\s+");
        assertEquals(2, pids.length);
        assertEquals(Integer.toString(pid), pids[0]);
        assertEquals("1", pids[1]);
        awaitLog(box, "1\n");
    }

    @Test
    void n2_theHostSeesAndSignalsTheProcessButIsNotSeenInside() throws Exception {
        Containers.Box box = containers.shell("trap 'echo heard; exit 3' USR1; ls /proc; echo ready; while :; do usleep 10000; done");
        Heard ears = box.start();
        int pid = ears.started().process().pid();
        awaitLog(box, "ready\n");
        List<String> seen = List.of(box.stdout().split("\n"));
        assertFalse(seen.contains(Integer.toString(pid)), "the host's pid is visible inside");
        assertFalse(seen.contains(Long.toString(ProcessHandle.current().pid())));
        assertTrue(seen.contains("1"));
        try (PidFd fd = PidFd.open(ears.started().process()).orElseThrow()) {
            assertTrue(fd.signal(10));
        }
        assertEquals(3, ears.await(KeeperMessage.Exited.class).code());
        assertTrue(box.stdout().endsWith("heard\n"));
    }

    @Test
    void n3_twoContainersBothHavePid1AndDoNotSeeEachOther() throws Exception {
        Containers.Box one = containers.shell("echo $$; exec -a marker-one sleep 31");
        Containers.Box two = containers.shell("usleep 200000; echo $$; ps");
        one.start().started();
        two.run();
        awaitLog(one, "1\n");
        assertTrue(two.stdout().startsWith("1\n"), two.stdout());
        assertFalse(two.stdout().contains("marker-one") || two.stdout().contains("sleep 31"), two.stdout());
    }

    @Test
    void n4_theFirstProcessesDeathEndsAllOthers() throws Exception {
        Containers.Box box = containers.shell("sleep 100 & sleep 100 & (sleep 100 & sleep 100) & echo ready; wait");
        Heard ears = box.start();
        ProcessIdentity first = ears.started().process();
        awaitLog(box, "ready\n");
        Path group = box.plan().cgroup().tasksFiles().getFirst().getParent();
        assertTrue(procs(group).size() >= 4, procs(group).toString());
        try (PidFd fd = PidFd.open(first).orElseThrow()) {
            fd.signal(9);
        }
        KeeperMessage.Exited exited = ears.await(KeeperMessage.Exited.class);
        assertEquals(137, exited.code());
        assertEquals(9, exited.signal().orElseThrow());
        assertEquals(List.of(), procs(group));
    }

    @Test
    void n5_mountsDoNotPassEitherWay() throws Exception {
        Path shared = Files.createDirectory(containers.directory.resolve("shared"));
        Containers.Box box = containers
                .shell("mount -t tmpfs inside-" + containers.name + " /tmp && echo mounted; echo ready; while ! test -e /root/go; do usleep 10000; done; cat /proc/self/mountinfo")
                .root(r -> new RootPlan(r.rootfs(), false,
                        List.of(new RootPlan.MountPlan.Bind(shared, "/root", false, false)),
                        List.of(), r.shmBytes(), List.of(), List.of(), r.sysctls()))
                .privileges(p -> PrivilegePlan.capabilities(-1L));
        Heard ears = box.start();
        ears.started();
        awaitLog(box, "ready\n");
        assertTrue(box.stdout().startsWith("mounted\n"), box.stdout() + box.stderr());
        String host = Files.readString(Path.of("/proc/self/mountinfo"));
        assertFalse(host.contains("inside-" + containers.name), "the container's mount is visible on the host");
        assertFalse(host.contains(box.state().toString()), "something of the container is mounted on the host");
        Files.createFile(shared.resolve("go"));
        assertEquals(0, ears.await(KeeperMessage.Exited.class).code());
        for (String line : box.stdout().lines().skip(2).toList()) {
            assertFalse(line.contains(" shared:") || line.contains(" master:"), "a mount still propagates: " + line);
            assertFalse(line.split(" ")[4].startsWith("/oldroot"), line);
        }
    }

    @Test
    void n6_theHostNameIsThePodsOwn() throws Exception {
        String before = Files.readString(Path.of("/proc/sys/kernel/hostname"));
        Containers.Box box = containers.shell("hostname; hostname changed; hostname").join(pod).privileges(p -> PrivilegePlan.capabilities(-1L));
        assertEquals(0, box.run().code());
        assertEquals("harbour\nchanged\n", box.stdout());
        assertEquals(before, Files.readString(Path.of("/proc/sys/kernel/hostname")));
    }

    @Test
    void n7_sharedMemoryIsSeenByThePodAndNobodyElse() throws Exception {
        String host = Files.readAllLines(Path.of("/proc/sys/kernel/shmmax")).getFirst();
        String ours = host.equals("123456789") ? "123456788" : "123456789";
        Containers.Box reader = containers.shell("cat /proc/sys/kernel/shmmax; grep -c . /proc/sysvipc/msg").join(pod);
        Containers.Box other = containers.shell("cat /proc/sys/kernel/shmmax");
        Containers.Box writer = containers.shell("true").join(pod)
                .root(r -> new RootPlan(r.rootfs(), false, List.of(), List.of(), r.shmBytes(), List.of(), List.of(),
                        new java.util.TreeMap<>(java.util.Map.of("kernel.shmmax", ours))));
        assertEquals(0, writer.run().code());
        assertEquals(0, reader.run().code());
        assertEquals(0, other.run().code());
        assertTrue(reader.stdout().startsWith(ours + "\n"), reader.stdout());
        assertEquals(host, other.stdout().strip());
        assertEquals(host, Files.readAllLines(Path.of("/proc/sys/kernel/shmmax")).getFirst());
    }

    @Test
    void n8_theNetworkIsThePodsOwn() throws Exception {
        Containers.Box box = containers.shell("ls /sys/class/net; grep -v face /proc/net/dev | wc -l; cat /sys/class/net/lo/operstate").join(pod);
        Containers.Box first = containers.shell("(nc -l -p 80 >/dev/null & ) ; for i in $(seq 600); do grep -q ':0050' /proc/net/tcp6 /proc/net/tcp && break; usleep 100000; done; grep -c ':0050' /proc/net/tcp6 /proc/net/tcp").join(pod);
        Containers.Box second = containers.shell("grep -c ':0050' /proc/net/tcp || true");
        assertEquals(0, box.run().code());
        assertTrue(box.stdout().startsWith("lo\n"), box.stdout());
        first.run();
        assertTrue(first.stdout().contains(":1"), first.stdout());
        second.run();
    }

    @Test
    void n12_theContainersGroupIsItsRoot() throws Exception {
        Containers.Box box = containers.shell("cat /proc/self/cgroup; ls /sys/fs/cgroup; cat /sys/fs/cgroup/../cgroup/*/tasks 2>/dev/null | head -1; grep cgroup /proc/self/mountinfo");
        assertEquals(0, box.run().code());
        assertFalse(box.stdout().contains("stowbook-test"), "the host's path leaks: " + box.stdout());
        box.stdout().lines().filter(l -> l.contains(" - cgroup ")).forEach(l -> {
            assertEquals("/", l.split(" ")[3], l);
            assertTrue(l.split(" ")[5].startsWith("ro,nosuid,nodev,noexec"), l);
        });
    }

    @Test
    void n13_toldInodesAreThoseOfTheKernel() throws Exception {
        Heard one = containers.shell("sleep 30").join(pod).start();
        Heard two = containers.shell("sleep 30").join(pod).start();
        for (String kind : List.of("pid", "mnt", "cgroup", "net", "ipc", "uts")) {
            long first = one.started().namespaceInodes().get(kind);
            long second = two.started().namespaceInodes().get(kind);
            assertEquals(namespace(one.started().process().pid(), kind), first, kind);
            assertEquals(namespace(two.started().process().pid(), kind), second, kind);
            boolean shared = List.of("net", "ipc", "uts").contains(kind);
            assertEquals(shared, first == second, kind);
            assertNotEquals(ownNamespace(kind), first, kind);
            if (shared) {
                assertEquals(sandbox.namespaceInodes().get(kind), first, kind);
            }
        }
    }

    /** The JVM spawns a throw-away process; what that unshares is its own, and no thread of ours has moved. */
    @Test
    void n15_unsharingIsolatesTheHelperAndNoThreadOfOurs() throws Exception {
        List<String> kinds = List.of("net", "ipc", "uts", "user", "pid", "mnt", "cgroup");
        Map<String, List<Long>> before = threadsNamespaces(kinds);
        Path other = Files.createDirectory(containers.directory.resolve("unshared"));
        containers.spawner.sandbox(SandboxPlan.of(other, Optional.of("unshared"), Optional.empty()));
        try {
            for (String kind : List.of("net", "ipc", "uts")) {
                long made = (Long) Files.getAttribute(other.resolve(kind), "unix:ino");
                assertFalse(before.get(kind).contains(made), kind + " of the helper is one of ours");
            }
            Map<String, List<Long>> after = threadsNamespaces(kinds);
            for (String kind : kinds) {
                assertEquals(List.of(ownNamespace(kind)), before.get(kind).stream().distinct().toList(), kind);
                assertEquals(List.of(ownNamespace(kind)), after.get(kind).stream().distinct().toList(), kind);
            }
        } finally {
            Sandbox.remove(other);
        }
    }

    /** By kind, the namespace of each thread of this JVM. */
    private static Map<String, List<Long>> threadsNamespaces(List<String> kinds) throws Exception {
        Map<String, List<Long>> all = new TreeMap<>();
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            for (Path thread : threads.toList()) {
                for (String kind : kinds) {
                    try {
                        String link = Files.readSymbolicLink(thread.resolve("ns").resolve(kind)).toString();
                        all.computeIfAbsent(kind, any -> new ArrayList<>()).add(Long.parseLong(link.replaceAll("\\D", "")));
                    } catch (java.nio.file.NoSuchFileException e) {
                        continue; // that thread has ended
                    }
                }
            }
        }
        return all;
    }

    @Test
    void n16_theSandboxesFilesKeepItsNamespacesWithoutAnyProcess() throws Exception {
        Containers.Box first = containers.shell("true").join(pod);
        assertEquals(0, first.run().code());
        Containers.Box second = containers.shell("readlink /proc/self/ns/net").join(pod);
        assertEquals(0, second.run().code());
        assertEquals("net:[" + sandbox.namespaceInodes().get("net") + "]\n", second.stdout());
        Sandbox.remove(pod);
        Sandbox.remove(pod);
        assertFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains(pod.toString()));
        KeeperMessage.StartFailed failed = containers.shell("true").join(pod).start().failed();
        assertEquals("namespaces", failed.step());
        assertEquals(pod.resolve("net").toString(), failed.path());
    }

    @Test
    void n17_theClassicDoubleChrootFindsNoHost() throws Exception {
        Containers.Box box = containers
                .shell("readlink /proc/1/root; mkdir -p /tmp/x; cd /; chroot /tmp/x /bin/true 2>/dev/null; "
                        + "cd /../../../../../..; ls -d etc/hostname var lib usr 2>/dev/null; ls /proc/1/root/../../..")
                .privileges(p -> PrivilegePlan.capabilities(-1L));
        box.run();
        assertTrue(box.stdout().startsWith("/\n"), box.stdout());
        assertFalse(box.stdout().contains("usr"), box.stdout());
        assertFalse(box.stdout().contains("lib"), box.stdout());
    }

    @Test
    void n17_theHostsRootIsNoLongerMountedInside() throws Exception {
        Containers.Box box = containers.shell("cat /proc/self/mountinfo");
        box.run();
        long roots = box.stdout().lines().filter(l -> l.split(" ")[4].equals("/")).count();
        assertEquals(1, roots, box.stdout());
        assertTrue(box.stdout().lines().anyMatch(l -> l.split(" ")[4].equals("/") && l.contains(" - overlay ")), box.stdout());
        assertFalse(box.stdout().contains("ext4"), box.stdout());
    }

    @Test
    void n18_withoutASandboxNetworkAndHostNameAreTheHosts() throws Exception {
        Heard ears = containers.shell("sleep 30").start();
        for (String kind : List.of("net", "ipc", "uts")) {
            assertEquals(ownNamespace(kind), ears.started().namespaceInodes().get(kind), kind);
        }
        assertNotEquals(ownNamespace("pid"), ears.started().namespaceInodes().get("pid"));
    }

    @Test
    void plainUsersMayBindLowPortsInASandboxAndTheHostsSettingStays() throws Exception {
        Path ofTheHost = Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start");
        List<String> before = Files.readAllLines(ofTheHost); // readString's first read is of one byte, and such a file gives no second
        Containers.Box box = containers.shell("cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range").join(pod);
        box.run();
        assertEquals("0\n0\t2147483647\n", box.stdout());
        assertEquals(before, Files.readAllLines(ofTheHost));
    }

    @Test
    void aWorkingDirectoryOutsideTheRootIsRefused() throws Exception { // CVE-2024-21626, by the other end of the same rope
        Path outside = Path.of("/proc", Long.toString(ProcessHandle.current().pid()), "root", containers.directory.toString());
        KeeperMessage.StartFailed failed = containers.shell("ls")
                .process(p -> new ProcessPlan(p.argv(), p.env(), outside.toString(), p.user(), p.extraGroups(), false, Optional.empty(), false))
                .privileges(p -> new PrivilegePlan(-1, -1, p.noNewPrivileges(), p.seccomp(), p.limits(), 0))
                .seeingTheHostsProcesses()
                .start()
                .failed();
        assertEquals("the working directory lies outside of the container's root; refused", failed.sentence());
    }

    @Test
    void aSandboxThatCannotBeMadeLeavesNothing() throws Exception {
        Path missing = containers.directory.resolve("missing");
        KeeperFailedException failure = org.junit.jupiter.api.Assertions.assertThrows(
                KeeperFailedException.class, () -> containers.sandbox(missing, "x"));
        assertEquals(2, failure.errno());
        assertTrue(failure.getMessage().contains(missing.toString()), failure.getMessage());
        assertFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains(missing.toString()));
    }

    static void awaitLog(Containers.Box box, String part) throws Exception {
        for (int i = 0; i < 6000; i++) {
            if (Files.exists(box.state().resolve("log/log")) && box.stdout().contains(part)) {
                return;
            }
            Thread.sleep(10);
        }
        throw new AssertionError("`" + part + "` is not in the log: " + box.stdout() + box.stderr());
    }

    static InetAddress loopback() {
        return InetAddress.getLoopbackAddress();
    }
}

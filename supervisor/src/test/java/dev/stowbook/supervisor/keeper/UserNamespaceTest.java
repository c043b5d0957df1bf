package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.graph.RootfsMount;
import dev.stowbook.supervisor.model.IdRange;
import dev.stowbook.supervisor.keeper.RootPlan.MountPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Rows N10, N11: what a pod's own users are to the kernel, as far as the keeper alone shows it. */
class UserNamespaceTest extends ContainersTest {
    private static final long ALL = -1L;

    @Override
    Optional<IdRange> users() {
        return Optional.of(OWN);
    }

    private static long owner(Path path) throws IOException {
        return Integer.toUnsignedLong((Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS));
    }

    private static RootPlan mounts(RootPlan r, MountPlan... mounts) {
        return new RootPlan(r.rootfs(), false, List.of(mounts), List.of(), r.shmBytes(), List.of(), List.of(), r.sysctls());
    }

    @Test
    void n10_theProcessAndItsFilesBelongToTheRangeAndTheDiskHasTheIdsOfInside() throws Exception {
        Containers.Box box = containers.shell("touch /tmp/in-memory /root/on-disk; echo ready; sleep 30")
                .root(r -> mounts(r, new MountPlan.Tmpfs("/tmp", 1 << 20, 01777, false)));
        int pid = box.start().started().process().pid();
        NamespaceTest.awaitLog(box, "ready");
        Path proc = Path.of("/proc/" + pid);
        assertEquals("0 " + OWN.first() + " " + OWN.count(), Files.readString(proc.resolve("uid_map")).strip().replaceAll(" +", " "));
        assertEquals(OWN.first(), owner(proc));
        assertEquals(OWN.first(), owner(proc.resolve("root/tmp/in-memory")));
        assertEquals(OWN.first(), owner(proc.resolve("root/root/on-disk")));
        assertEquals(0, owner(box.state().resolve("upper/root/on-disk")));
    }

    @Test
    void n10_whoHasAllCapabilitiesInsideHasNoneOutside() throws Exception {
        Containers.Box box = containers.shell("grep CapEff /proc/self/status; mount -t tmpfs none /tmp && echo mounted; sleep 30")
                .privileges(p -> PrivilegePlan.capabilities(ALL));
        int pid = box.start().started().process().pid();
        NamespaceTest.awaitLog(box, "mounted");
        long own = Long.parseLong(status((int) ProcessHandle.current().pid(), "CapBnd"), 16); // it may lack some, but not the last
        assertEquals("CapEff:\t%016x".formatted(2 * Long.highestOneBit(own) - 1), box.stdout().lines().findFirst().orElseThrow());
        for (List<String> refused : List.of(
                List.of("mount", "-t", "tmpfs", "stowbook-test", "/mnt"), List.of("hostname", "stowbook-test"), List.of("kill", "-0", "1"))) {
            Command command = asUserOf(pid, refused);
            assertNotEquals(0, command.code(), refused + " " + command.output());
            assertTrue(command.output().contains("not permitted") || command.output().contains("permission denied")
                    || command.output().contains("must be"), refused + ": " + command.output());
        }
        assertFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains("stowbook-test "));
    }

    private record Command(int code, String output) {}

    /** A program in the user namespace of a process, and in all other namespaces of the host: with every capability of the former. */
    private static Command asUserOf(int pid, List<String> argv) throws Exception {
        List<String> all = new java.util.ArrayList<>(List.of("nsenter", "--user=/proc/" + pid + "/ns/user"));
        all.addAll(argv);
        Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        return new Command(process.waitFor(), output);
    }

    @Test
    void n11_bothMapsAreThePlansAndAreNeverWrittenAgain() throws Exception {
        int pid = containers.shell("sleep 30").start().started().process().pid();
        for (String map : List.of("uid_map", "gid_map")) {
            Path file = Path.of("/proc/" + pid + "/" + map);
            String before = Files.readString(file);
            assertEquals("0 " + OWN.first() + " " + OWN.count(), before.strip().replaceAll(" +", " "));
            IOException refused = org.junit.jupiter.api.Assertions.assertThrows(
                    IOException.class, () -> Files.writeString(file, "0 0 1\n", StandardOpenOption.WRITE));
            assertTrue(refused.getMessage().contains("not permitted"), refused.getMessage()); // EPERM
            assertEquals(before, Files.readString(file));
        }
    }

    @Test
    void theOthersBelongToTheUserNamespaceSoThatItsRootHasThem() throws Exception {
        Containers.Box box = containers
                .shell("hostname mine; hostname; ip link set lo mtu 1400 && cat /sys/class/net/lo/mtu; (nc -l -p 80 >/dev/null &); usleep 100000; "
                        + "grep -c ':0050' /proc/net/tcp6 /proc/net/tcp; sysctl -w net.ipv4.ip_forward=1")
                .privileges(p -> PrivilegePlan.capabilities(ALL));
        assertEquals(0, box.run().code(), box.stderr());
        assertTrue(box.stdout().startsWith("mine\n1400\n"), box.stdout());
        assertTrue(box.stdout().contains(":1\n"), box.stdout());
    }

    @Test
    void whatWasDeletedOrReplacedInTheImageStaysSoThroughMappedLayers() throws Exception {
        Files.createDirectories(containers.image.resolve("srv/old"));
        Files.writeString(containers.image.resolve("srv/old/file"), "x");
        Files.writeString(containers.image.resolve("srv/gone"), "x");
        Containers.Box box = containers.shell("rm /srv/gone; rm -r /srv/old; mkdir /srv/old; ls -A /srv/old; ls /srv; echo x >> /etc/group; chown 7:8 /etc/group");
        assertEquals(0, box.run().code(), box.stderr());
        assertEquals("old\n", box.stdout());
        Path upper = box.state().resolve("upper");
        assertEquals(0L, Files.getAttribute(upper.resolve("srv/gone"), "unix:rdev", LinkOption.NOFOLLOW_LINKS) instanceof Number n ? n.longValue() : -1L);
        assertEquals(7, owner(upper.resolve("etc/group")), "the disk keeps the ids of inside");
    }

    @Test
    void aBoundDirectoryKeepsItsIdsOnDiskAndIsWritableInside() throws Exception {
        Path volume = Files.createDirectory(containers.directory.resolve("volume"));
        Files.setAttribute(Files.createFile(volume.resolve("mine")), "unix:uid", 1000);
        Containers.Box box = containers.shell("stat -c %u /data/mine /data; touch /data/new; chown 5 /data/new; chmod 600 /data/mine; stat -c '%u' /tmp/shm")
                .root(r -> mounts(r, new MountPlan.Bind(volume, "/data", false, false), new MountPlan.Tmpfs("/tmp/shm", 4096, 0700, false)));
        assertEquals(0, box.run().code(), box.stderr());
        assertEquals("1000\n0\n0\n", box.stdout());
        assertEquals(5, owner(volume.resolve("new")));
    }

    @Test
    void aMissingDirectoryOfAVolumeIsMadeForRootOfThePod() throws Exception {
        Path volume = Files.createDirectory(containers.directory.resolve("volume"));
        Containers.Box box = containers.shell("stat -c %u /data; touch /data/new")
                .root(r -> mounts(r, new MountPlan.Bind(volume, "/data", "made/here", false, false, false, MountPlan.Propagation.PRIVATE)));
        assertEquals(0, box.run().code(), box.stderr());
        assertEquals("0\n", box.stdout());
        for (String made : List.of("made", "made/here", "made/here/new")) {
            assertEquals(0, owner(volume.resolve(made)), made);
        }
    }

    @Test
    void whatCannotBeMappedIsRefusedByName() throws Exception {
        KeeperMessage.StartFailed proc = containers.shell("true")
                .root(r -> mounts(r, new MountPlan.Bind(Path.of("/proc/net"), "/data", false, false)))
                .start()
                .failed();
        assertEquals("/proc/net: proc can't be mapped to the pod's own users; put it on another, or set hostUsers: true (EINVAL in step volumes)", proc.describe());
        KeeperMessage.StartFailed apart = containers.shell("true")
                .root(r -> RootPlan.of(new RootfsMount.Overlay(
                        List.of(containers.image), Path.of("/nowhere/upper"), Path.of("/elsewhere/work"))))
                .start()
                .failed();
        assertEquals("/elsewhere/work", apart.path());
    }

    @Test
    void aPlainDirectoryServesAsRootAsWell() throws Exception {
        Containers.Box box = containers.shell("touch /root/new; chown 3 /root/new; stat -c '%u %U' /bin/busybox /root/new")
                .root(r -> RootPlan.of(new RootfsMount.Directory(containers.image)));
        assertEquals(0, box.run().code(), box.stderr());
        assertEquals("0 root\n3 UNKNOWN\n", box.stdout());
        assertEquals(3, owner(containers.image.resolve("root/new")));
    }

    @Test
    void everythingTheDaemonMakesInsideBelongsToItsRoot() throws Exception {
        Containers.Box box = containers.shell("find / -xdev -uid 65534 2>/dev/null; for m in /dev /dev/pts /dev/shm /dev/mqueue /proc /sys/fs/cgroup; do "
                + "find $m -xdev -maxdepth 1 -uid 65534; done; touch /dev/shm/x && echo ok");
        Files.createSymbolicLink(containers.image.resolve("bin/find"), Path.of("busybox"));
        assertEquals(0, box.run().code(), box.stderr());
        assertEquals("ok\n", box.stdout());
    }

    @Test
    void aUserBeyondTheRangeIsRefused() throws Exception {
        KeeperMessage.StartFailed failed = containers.shell("true")
                .process(p -> new ProcessPlan(p.argv(), p.env(), p.cwd(), "65536:0", p.extraGroups(), false, Optional.empty(), false))
                .start()
                .failed();
        assertTrue(failed.sentence().contains("end at 65535"), failed.sentence());
    }

    @Test
    void setuidProgramsAndFileCapabilitiesWorkInside() throws Exception {
        Path ping = containers.image.resolve("bin/ping");
        Files.copy(Path.of("/bin/busybox"), ping);
        Containers.Box box = containers.shell("/bin/ping -c 1 127.0.0.1 > /dev/null; echo $?")
                .process(p -> new ProcessPlan(p.argv(), p.env(), p.cwd(), "alice", p.extraGroups(), false, Optional.empty(), false));
        assertEquals(0, box.run().code(), box.stderr());
        assertEquals("1\n", box.stdout(), "a raw socket without any right to it");
        OutputTest.run("chmod", "u+s", ping.toString());
        box = box.again();
        assertEquals(0, box.run().code(), box.stderr());
        assertEquals("0\n", box.stdout(), box.stderr());
        OutputTest.run("chmod", "u-s", ping.toString());
        OutputTest.run("setcap", "cap_net_raw+ep", ping.toString());
        box = box.again();
        assertEquals(0, box.run().code(), box.stderr());
        assertEquals("0\n", box.stdout());
    }
}

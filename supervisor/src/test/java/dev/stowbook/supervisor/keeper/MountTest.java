package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.graph.RootfsMount;
import dev.stowbook.supervisor.keeper.RootPlan.DevicePlan;
import dev.stowbook.supervisor.keeper.RootPlan.MountPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A container's file systems, as /proc/self/mountinfo and the files inside show them. */
class MountTest extends ContainersTest {

    private static RootPlan mounts(RootPlan r, MountPlan... mounts) {
        return new RootPlan(
                r.rootfs(), r.readOnly(), List.of(mounts), r.devices(), r.shmBytes(), r.maskedPaths(), r.readOnlyPaths(), r.sysctls());
    }

    private static RootPlan sysctl(RootPlan r, String name, String value) {
        return new RootPlan(r.rootfs(), false, List.of(), List.of(), r.shmBytes(), List.of(), List.of(), new TreeMap<>(Map.of(name, value)));
    }

    /** Mount point to "options - type". */
    private static Map<String, String> mountinfo(String text) {
        return text.lines()
                .map(line -> line.split(" "))
                .filter(f -> f.length > 8)
                .collect(Collectors.toMap(f -> f[4], f -> f[5] + " " + String.join(" ", List.of(f).subList(6, f.length)), (a, b) -> b, TreeMap::new));
    }

    @Test
    void theDefaultMountsAreAsTightAsTheyShouldBe() throws Exception {
        Containers.Box box = containers.shell("cat /proc/self/mountinfo; ls -l /dev").root(DefaultPaths::apply);
        assertEquals(0, box.run().code());
        Map<String, String> m = mountinfo(box.stdout());
        assertTrue(m.get("/proc").startsWith("rw,nosuid,nodev,noexec,relatime - proc"), m.get("/proc"));
        assertTrue(m.get("/sys").startsWith("ro,nosuid,nodev,noexec,relatime - sysfs"), m.get("/sys"));
        assertTrue(m.get("/sys/fs/cgroup").startsWith("ro,nosuid,nodev,noexec,relatime - "), m.get("/sys/fs/cgroup"));
        assertTrue(m.get("/dev").matches("rw,nosuid,relatime - tmpfs none rw,size=65536k,mode=755.*"), m.get("/dev"));
        assertTrue(m.get("/dev/pts").matches("rw,nosuid,noexec,relatime - devpts none rw,gid=" + containers.id(5) + ",mode=620,ptmxmode=666"), m.get("/dev/pts"));
        assertTrue(m.get("/dev/shm").matches("rw,nosuid,nodev,noexec,relatime - tmpfs none rw,size=65536k.*"), m.get("/dev/shm"));
        assertTrue(m.get("/dev/mqueue").startsWith("rw,nosuid,nodev,noexec,relatime - mqueue"), m.get("/dev/mqueue"));
        assertTrue(m.get("/").contains(" - overlay stowbook rw,"), m.get("/"));
        for (String path : List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")) {
            if (Files.exists(Path.of(path))) {
                assertTrue(m.getOrDefault(path, "").startsWith("ro,nosuid,nodev,noexec"), path + " " + m.get(path));
            }
        }
        for (String node : List.of("null", "zero", "full", "random", "urandom", "tty")) {
            assertTrue(box.stdout().lines().anyMatch(l -> l.startsWith("crw-rw-rw-") && l.endsWith(" " + node)), node + box.stdout());
        }
        for (String link : List.of("fd -> /proc/self/fd", "stdin -> /proc/self/fd/0", "stdout -> /proc/self/fd/1",
                "stderr -> /proc/self/fd/2", "ptmx -> pts/ptmx")) {
            assertTrue(box.stdout().contains(link), link);
        }
    }

    @Test
    void u2_mountinfoShowsLowerUpperAndWorkAsThePlanHasThem() throws Exception {
        Containers.Box box = containers.shell("cat /proc/self/mountinfo");
        box.run();
        String overlay = mountinfo(box.stdout()).get("/");
        RootfsMount.Overlay plan = (RootfsMount.Overlay) box.plan().root().rootfs();
        assertTrue(overlay.contains("lowerdir+=" + plan.lower().getFirst()) || overlay.contains("lowerdir=" + plan.lower().getFirst()), overlay);
        assertTrue(overlay.contains("upperdir=" + plan.upper()), overlay);
        assertTrue(overlay.contains("workdir=" + plan.work()), overlay);
    }

    @Test
    void manyLayersWithLongPathsAreMounted() throws Exception {
        Path deep = Files.createDirectories(containers.directory.resolve("d".repeat(120)).resolve("e".repeat(150)));
        List<Path> layers = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            Path layer = Files.createDirectory(deep.resolve("layer-" + i));
            Files.writeString(layer.resolve("file-" + i), Integer.toString(i));
            Files.writeString(layer.resolve("top"), Integer.toString(i));
            layers.add(layer);
        }
        layers.add(containers.image);
        Containers.Box box = containers.shell("cat /top; echo; cat /file-59; echo; ls / | grep -c file-");
        RootfsMount.Overlay own = (RootfsMount.Overlay) box.plan().root().rootfs();
        Containers.Box many = box.root(r -> RootPlan.of(new RootfsMount.Overlay(layers, own.upper(), own.work())));
        assertEquals(0, many.run().code(), many.stderr());
        assertEquals("0\n59\n60\n", many.stdout());
    }

    @Test
    void n17_aDirectoryServesAsRootToo() throws Exception {
        Containers.Box box = containers.shell("touch /made; cat /proc/self/mountinfo").root(r -> RootPlan.of(new RootfsMount.Directory(containers.image)));
        assertEquals(0, box.run().code());
        assertTrue(Files.exists(containers.image.resolve("made")));
        assertEquals(1, box.stdout().lines().filter(l -> l.split(" ")[4].equals("/")).count());
    }

    @Test
    void aReadOnlyRootRefusesWritesAndItsMountsDoNot() throws Exception {
        Path volume = Files.createDirectory(containers.directory.resolve("volume"));
        Containers.Box box = containers.shell("touch /x; touch /data/new/y && echo written; touch /dev/shm/z && echo shm")
                .root(r -> new RootPlan(r.rootfs(), true, List.of(new MountPlan.Bind(volume, "/data/new", false, false)),
                        List.of(), r.shmBytes(), List.of(), List.of(), r.sysctls()));
        assertEquals(0, box.run().code());
        assertEquals("written\nshm\n", box.stdout());
        assertTrue(box.stderr().contains("Read-only file system"), box.stderr());
        assertTrue(Files.exists(volume.resolve("y")));
        assertFalse(box.exists("x"));
    }

    @Test
    void n19_onlyWhatIsBoundInIsThereWithTheRightFlags() throws Exception {
        Path secret = Files.writeString(containers.directory.resolve("secret"), "host\n");
        Path config = Files.writeString(containers.directory.resolve("resolv.conf"), "nameserver 10.0.0.1\n");
        Containers.Box box = containers.shell("cat /etc/resolv.conf; echo x >> /etc/resolv.conf; cat " + secret + "; cat /proc/self/mountinfo")
                .root(r -> mounts(r, new MountPlan.Bind(config, "/etc/resolv.conf", true, false)));
        box.run();
        assertTrue(box.stdout().startsWith("nameserver 10.0.0.1\n"), box.stdout());
        assertTrue(box.stderr().contains("Read-only file system"), box.stderr());
        assertTrue(box.stderr().contains(secret + "': No such file"), box.stderr());
        assertTrue(mountinfo(box.stdout()).get("/etc/resolv.conf").startsWith("ro,"), box.stdout());
        assertEquals("nameserver 10.0.0.1\n", Files.readString(config));
    }

    @Test
    void tmpfsHasItsSizeAndMode() throws Exception {
        Containers.Box box = containers.shell("stat -c %a /scratch; dd if=/dev/zero of=/scratch/big bs=1k count=2000 2>/dev/null; stat -c %s /scratch/big")
                .root(r -> mounts(r, new MountPlan.Tmpfs("/scratch", 1 << 20, 01770, false)));
        box.run();
        assertEquals("1770\n1048576\n", box.stdout());
    }

    @Test
    void masksHideAndNothingIsWrittenThroughThem() throws Exception {
        Containers.Box box = containers.shell("wc -c < /proc/interrupts; ls /sys/firmware | wc -l; cat /proc/timer_list | wc -c; "
                        + "echo x > /proc/sys/vm/swappiness; echo b > /proc/irq/default_smp_affinity; touch /sys/firmware/x; echo done")
                .root(DefaultPaths::apply)
                .privileges(p -> PrivilegePlan.capabilities(Containers.DEFAULT_CAPABILITIES));
        assertEquals(0, box.run().code());
        assertEquals("0\n0\n0\ndone\n", box.stdout(), box.stderr());
        assertEquals(3, box.stderr().lines().filter(l -> l.contains("Read-only file system")).count(), box.stderr());
    }

    @Test
    void furtherDevicesAreMade() throws Exception {
        Containers.Box box = containers.shell("ls -l /dev/fuse /dev/sub/kmsg")
                .root(r -> new RootPlan(r.rootfs(), false, List.of(),
                        List.of(new DevicePlan("/dev/fuse", 'c', 10, 229, 0666, 0, 0), new DevicePlan("/dev/sub/kmsg", 'c', 1, 11, 0640, 5, 6)),
                        r.shmBytes(), List.of(), List.of(), r.sysctls()));
        assertEquals(0, box.run().code(), box.stderr());
        assertTrue(box.stdout().matches("(?s)crw-rw-rw- +1 (0|root) +(0|root) +10, 229 .*crw-r----- +1 5 +6 +1, +11 .*"), box.stdout());
    }

    @Test
    void n20_sysctlsOfTheHostAreRefusedByNameAndOwnOnesAreWritten() throws Exception {
        KeeperMessage.StartFailed failed = containers.shell("true").root(r -> sysctl(r, "vm.swappiness", "1")).start().failed();
        assertEquals("vm.swappiness", failed.path());
        assertTrue(failed.sentence().contains("belongs to the whole host"), failed.sentence());
        Path pod = Files.createDirectory(containers.directory.resolve("pod"));
        containers.sandbox(pod, "x");
        try {
            Containers.Box box = containers.shell("cat /proc/sys/net/ipv4/ip_forward").join(pod).root(r -> sysctl(r, "net.ipv4.ip_forward", "1"));
            assertEquals(0, box.run().code());
            assertEquals("1\n", box.stdout());
        } finally {
            Sandbox.remove(pod);
        }
    }

    @Test
    void theGroupsInsideAreTheContainersOwn() throws Exception {
        Containers.Box box = containers.shell("ls /sys/fs/cgroup; cat /sys/fs/cgroup/pids/tasks; mkdir /sys/fs/cgroup/pids/x; echo 1 > /sys/fs/cgroup/pids/pids.max");
        box.run();
        assertTrue(box.stdout().contains("memory\n") && box.stdout().contains("unified\n"), box.stdout());
        assertTrue(box.stdout().contains("1\n"), box.stdout());
        assertEquals(2, box.stderr().lines().filter(l -> l.contains("Read-only file system")).count(), box.stderr());
    }
}

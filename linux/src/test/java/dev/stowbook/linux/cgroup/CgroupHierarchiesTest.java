package dev.stowbook.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.cgroup.CgroupHierarchies.Layout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CgroupHierarchiesTest {
    private static final String HYBRID = """
            31 23 0:28 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755
            32 31 0:29 / /sys/fs/cgroup/unified rw,nosuid shared:10 - cgroup2 cgroup2 rw,nsdelegate
            33 31 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
            34 31 0:31 / /sys/fs/cgroup/cpu,cpuacct rw shared:11 master:2 - cgroup cgroup rw,cpu,cpuacct
            35 31 0:32 / /mnt/with\\040space/memory rw - cgroup cgroup rw,memory
            """;
    private static final String KERNEL = """
            #subsys_name\thierarchy\tnum_cgroups\tenabled
            cpu\t1\t10\t1
            cpuacct\t1\t10\t1
            memory\t2\t10\t1
            pids\t0\t1\t1
            hugetlb\t0\t1\t0
            """;

    @Test
    void c25_aTmpfsWithAV2MountInsideIsAHybridHost() {
        var host = CgroupHierarchies.parse(HYBRID, KERNEL, "pids", CgroupHierarchies.TMPFS_MAGIC);
        assertEquals(Layout.HYBRID, host.layout());
        assertEquals(Optional.of(Path.of("/sys/fs/cgroup/unified")), host.unified());
        assertEquals(Layout.LEGACY, host.withoutUnified().layout());
        assertEquals(Optional.empty(), host.withoutUnified().unified());
    }

    @Test
    void c19_coMountedControllersShareAHierarchyAndNamedOnesAreNoController() {
        var host = CgroupHierarchies.parse(HYBRID, KERNEL, "pids", CgroupHierarchies.TMPFS_MAGIC);
        Path shared = Path.of("/sys/fs/cgroup/cpu,cpuacct");
        assertEquals(Map.of("cpu", shared, "cpuacct", shared, "memory", Path.of("/mnt/with space/memory")), host.v1());
    }

    @Test
    void c27_aControllerBoundToV1IsNotInV2() {
        var host = CgroupHierarchies.parse(HYBRID, KERNEL, "pids\n", CgroupHierarchies.TMPFS_MAGIC);
        assertEquals(Set.of("pids"), host.v2Controllers());
        assertFalse(host.v1().containsKey("pids"));
        assertEquals(false, host.kernel().get("hugetlb"), "switched off");
        assertFalse(host.kernel().containsKey("rdma"), "not built in");
    }

    @Test
    void c25_theMagicOfTheRootTellsAPureV2Host() {
        String pure = "31 23 0:28 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n";
        var host = CgroupHierarchies.parse(pure, "", "cpuset cpu io memory pids", CgroupHierarchies.CGROUP2_SUPER_MAGIC);
        assertEquals(Layout.UNIFIED, host.layout());
        assertEquals(Map.of(), host.v1());
        assertTrue(host.kernel().get("memory"), "known by v2 alone");
        assertEquals(Layout.NONE, CgroupHierarchies.parse("", "", "", 0).layout());
        assertEquals(Layout.NONE, CgroupHierarchies.parse("damaged\nlines - here\n", "x", "", 0).layout());
    }

    @Test
    void c25_thisHostIsWhatStatSays() throws Exception {
        var host = CgroupHierarchies.detect(CgroupFiles.real());
        Process stat = new ProcessBuilder("stat", "-fc", "%T", "/sys/fs/cgroup").start();
        String type = new String(stat.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).strip();
        assertEquals(0, stat.waitFor());
        long magic = CgroupHierarchies.magicOf(Path.of("/sys/fs/cgroup"));
        switch (type) {
            case "cgroup2fs" -> {
                assertEquals(CgroupHierarchies.CGROUP2_SUPER_MAGIC, magic);
                assertEquals(Layout.UNIFIED, host.layout());
            }
            case "tmpfs" -> {
                assertEquals(CgroupHierarchies.TMPFS_MAGIC, magic);
                assertEquals(host.unified().isPresent() ? Layout.HYBRID : Layout.LEGACY, host.layout());
            }
            default -> assertEquals(Layout.NONE, host.layout());
        }
        host.v1().values().forEach(mount -> assertTrue(Files.exists(mount.resolve("tasks")), mount.toString()));
        host.unified().ifPresent(mount -> assertTrue(Files.exists(mount.resolve("cgroup.controllers")), mount.toString()));
    }
}

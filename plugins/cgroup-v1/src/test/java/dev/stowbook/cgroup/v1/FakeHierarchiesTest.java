package dev.stowbook.cgroup.v1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.linux.cgroup.CgroupHierarchies.Layout;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.GroupTarget;
import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.TestNames;
import dev.stowbook.testkit.cgroup.FakeCgroupFiles;
import dev.stowbook.testkit.cgroup.Limits;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** C3: the driver needs nothing but files, so hosts we don't have can be laid out in a directory: here cpu,cpuacct co-mounted. */
class FakeHierarchiesTest {
    private static final Map<String, Map<String, String>> FILES = Map.of(
            "cpu,cpuacct", Map.of("cpu.shares", "1024", "cpu.cfs_period_us", "100000", "cpu.cfs_quota_us", "-1", "tasks", ""),
            "freezer", Map.of("freezer.state", "THAWED", "cgroup.procs", "", "tasks", ""),
            "cpuset", Map.of("cpuset.cpus", "0", "cpuset.mems", "0", "cgroup.clone_children", "0", "tasks", ""),
            "pids", Map.of("pids.max", "max", "pids.events", "max 0", "pids.current", "0", "tasks", ""));

    @TempDir
    Path directory;

    private final GroupId pod = GroupId.ofPod("ab".repeat(32));
    private final GroupId container = GroupId.ofContainer(pod.pod(), "cd".repeat(32));
    private Path root;
    private FakeCgroupFiles files;
    private RecordingDriverContext context;

    @BeforeEach
    void layOut() throws Exception {
        root = java.nio.file.Files.createDirectory(directory.resolve("cgroup"));
        files = new FakeCgroupFiles(root, FILES);
        context = new RecordingDriverContext(directory, TestNames.instanceId(), Map.of());
    }

    private CgroupFsDriver open(Map<String, Boolean> kernel) throws Exception {
        var v1 = Map.of(
                "cpu", root.resolve("cpu,cpuacct"), "cpuacct", root.resolve("cpu,cpuacct"), "freezer", root.resolve("freezer"),
                "cpuset", root.resolve("cpuset"), "pids", root.resolve("pids"));
        return CgroupProvider.open(
                context, files, new CgroupHierarchies(Layout.LEGACY, v1, Optional.empty(), Set.of(), kernel));
    }

    private void create(CgroupFsDriver driver, GroupId group, CgroupLimits limits) throws DriverException {
        driver.create(new CreateGroupRequest(group, limits, "1/create"));
    }

    @Test
    void c3_c28_aGroupIsADirectoryInEachHierarchyAndLimitsAreBytesInFiles() throws Exception {
        try (var driver = open(Map.of())) {
            create(driver, pod, CgroupLimits.none());
            create(driver, container, Limits.of().shares(512).pids(7).cpus("0").build());
            String below = "/stowbook-" + context.instanceId() + "/" + container.path() + "/";
            String parent = "cpuset/stowbook-" + context.instanceId() + "/";
            assertEquals(
                    List.of(
                            parent + "cpuset.cpus = 0", parent + "cpuset.mems = 0", parent + "cgroup.clone_children = 1",
                            "cpuset" + below + "cpuset.cpus = 0", "cpu,cpuacct" + below + "cpu.shares = 512",
                            "pids" + below + "pids.max = 7"),
                    files.writes());
            var tasks = List.of("cpuset", "cpu,cpuacct", "pids", "freezer").stream()
                    .map(name -> Path.of(root + "/" + name + below + "tasks")).toList();
            assertEquals(new Placement(Optional.empty(), tasks), driver.placement(new GroupTarget(container, "2/placement")));
            driver.destroy(new GroupTarget(container, "3/destroy"));
            driver.destroy(new GroupTarget(pod, "4/destroy"));
        }
        for (String hierarchy : FILES.keySet()) {
            assertEquals(List.of(), files.childDirectories(root.resolve(hierarchy)), "closing removed the empty parent");
        }
    }

    @Test
    void c16_aMissingControllerIsNamedWithTheKernelArgumentThatAddsIt() throws Exception {
        for (var expected : Map.of(
                Map.of("memory", false), "cgroup_enable=memory swapaccount=1",
                Map.of("memory", true), "mount -t cgroup -o memory",
                Map.<String, Boolean>of(), "not built into this kernel").entrySet()) {
            try (var driver = open(expected.getKey())) {
                create(driver, pod, CgroupLimits.none());
                var failure = assertThrows(
                        DriverException.class, () -> create(driver, container, Limits.of().memory(1 << 20).build()));
                assertEquals(DriverErrorCode.UNSUPPORTED, failure.code());
                assertTrue(failure.getMessage().contains("memory controller"), failure.getMessage());
                assertTrue(failure.getMessage().contains(expected.getValue()), failure.getMessage());
                assertEquals(Presence.ABSENT, driver.inspect(new GroupTarget(container, "2/inspect")).presence());
                driver.destroy(new GroupTarget(pod, "3/destroy"));
            }
        }
    }

    @Test
    void listFindsWhatIsLeftInASingleHierarchy() throws Exception {
        try (var driver = open(Map.of())) {
            create(driver, pod, CgroupLimits.none());
            create(driver, container, CgroupLimits.none());
            driver.destroy(new GroupTarget(container, "1/destroy"));
            Path left = root.resolve("pids/stowbook-" + context.instanceId()).resolve(container.path());
            files.makeDirectory(left);
            files.makeDirectory(left.resolveSibling("not-an-id"));
            assertEquals(List.of(pod, container), driver.list());
            assertEquals(Presence.PARTIAL, driver.inspect(new GroupTarget(container, "2/inspect")).presence());
            driver.destroy(new GroupTarget(container, "3/destroy"));
            assertEquals(List.of(pod), driver.list());
        }
    }
}

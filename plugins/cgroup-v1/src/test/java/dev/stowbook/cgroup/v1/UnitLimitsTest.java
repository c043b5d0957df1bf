package dev.stowbook.cgroup.v1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.cgroup.v1.LimitPlan.Write;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.linux.cgroup.CgroupHierarchies.Layout;
import dev.stowbook.linux.systemd.UnitNames;
import dev.stowbook.linux.systemd.UnitProperty;
import dev.stowbook.linux.systemd.UnitProperty.DeviceNumber;
import dev.stowbook.linux.systemd.UnitProperty.PerDevice;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.cgroup.Bound;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CgroupLimits.IoLimit;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.TestNames;
import dev.stowbook.testkit.cgroup.FakeCgroupFiles;
import dev.stowbook.testkit.cgroup.FakeSystemdUnits;
import dev.stowbook.testkit.cgroup.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From files to units on v1: what becomes a property, what a file below the scope, what is refused. */
class UnitLimitsTest {
    private static final long MAX = UnitProperty.INFINITY;

    private final GroupId pod = GroupId.ofPod("ab".repeat(32));
    private final GroupId container = GroupId.ofContainer(pod.pod(), "cd".repeat(32));

    private static List<UnitProperty> of(String controller, String file, String value) {
        return UnitLimits.of(List.of(new Write(controller, file, value)), "100000", "-1", 1);
    }

    private static UnitProperty number(String name, long value) {
        return UnitProperty.number(name, value);
    }

    @Test
    void c23_eachFileThatHasOneHasItsProperty() {
        assertEquals(List.of(number("CPUShares", 512)), of("cpu", "cpu.shares", "512"));
        assertEquals(List.of(number("MemoryLimit", 1 << 24)), of("memory", "memory.limit_in_bytes", "16777216"));
        assertEquals(List.of(number("MemoryLimit", MAX)), of("memory", "memory.limit_in_bytes", "-1"));
        assertEquals(List.of(number("TasksMax", 21)), of("pids", "pids.max", "20"), "room for the process that keeps the scope");
        assertEquals(List.of(number("TasksMax", MAX)), of("pids", "pids.max", "max"));
        assertEquals(List.of(number("BlockIOWeight", 200)), of("blkio", "blkio.bfq.weight", "200"));
        assertEquals(
                List.of(new UnitProperty("BlockIOReadBandwidth", new PerDevice(List.of(new DeviceNumber("/dev/block/8:0", 1000))))),
                of("blkio", "blkio.throttle.read_bps_device", "8:0 1000"));
        assertEquals(
                List.of(new UnitProperty("BlockIOWriteBandwidth", new PerDevice(List.of(new DeviceNumber("/dev/block/8:0", MAX))))),
                of("blkio", "blkio.throttle.write_bps_device", "8:0 0"));
        for (String file : List.of("memory.memsw.limit_in_bytes", "memory.swappiness", "blkio.throttle.read_iops_device", "devices.allow")) {
            assertEquals(List.of(), of("any", file, "1"), file);
        }
    }

    @Test
    void aQuotaIsTimeASecondRoundedUpToThePercentThatSystemdKeeps() {
        assertEquals(
                List.of(number("CPUQuotaPeriodUSec", 100_000), number("CPUQuotaPerSecUSec", 500_000)), of("cpu", "cpu.cfs_quota_us", "50000"));
        assertEquals(
                List.of(number("CPUQuotaPeriodUSec", 30_000), number("CPUQuotaPerSecUSec", 340_000)),
                UnitLimits.of(List.of(new Write("cpu", "cpu.cfs_period_us", "30000")), "100000", "10000", 1), "the quota stays");
        assertEquals(
                List.of(number("CPUQuotaPeriodUSec", 100_000), number("CPUQuotaPerSecUSec", MAX)), of("cpu", "cpu.cfs_quota_us", "-1"));
    }

    @Test
    void whatAPodCannotHaveIsRefusedByName() {
        var io = new IoLimit(8, 0, Optional.empty(), Optional.empty(), Optional.of(Bound.of(7)), Optional.empty());
        CgroupLimits limits = Limits.of().memory(1 << 20).memoryAndSwap(1 << 21).io(io).quota(50_000).burst(10_000).build();
        List<String> ofPod = UnitLimits.missingFor(pod, limits);
        assertEquals(3, ofPod.size(), ofPod.toString());
        assertTrue(ofPod.get(0).contains("burstMicros") && ofPod.get(1).contains("limitAndSwapBytes of a pod"), ofPod.toString());
        assertTrue(ofPod.get(2).contains("a number of reads and writes of a pod"), ofPod.toString());
        assertEquals(1, UnitLimits.missingFor(container, limits).size());
    }

    /** cpuset is on no kernel of ours that systemd runs on; its tree is none of systemd's. */
    @Test
    void c6_aCpusetAtTheUnitsPathStartsWithWhatIsAboveIt(@TempDir Path directory) throws Exception {
        Path root = Files.createDirectory(directory.resolve("cgroup"));
        var tasks = Map.of("tasks", "", "cgroup.procs", "");
        var files = new FakeCgroupFiles(root, Map.of(
                "systemd", tasks, "freezer", Map.of("freezer.state", "THAWED", "cgroup.procs", "", "tasks", ""),
                "cpuset", Map.of("cpuset.cpus", "", "cpuset.mems", "", "tasks", "")));
        files.change(root.resolve("cpuset/cpuset.cpus"), "0-1");
        files.change(root.resolve("cpuset/cpuset.mems"), "0");
        var context = new RecordingDriverContext(directory, TestNames.instanceId(), Map.of());
        var hierarchies = new CgroupHierarchies(Layout.LEGACY,
                Map.of("freezer", root.resolve("freezer"), "cpuset", root.resolve("cpuset")), Optional.empty(), Set.of(), Map.of());
        var units = new FakeSystemdUnits(files, List.of(root.resolve("systemd")));
        try (var driver = CgroupProvider.openUnits(context, files, hierarchies, List.of(root.resolve("systemd")), units)) {
            driver.create(new CreateGroupRequest(pod, CgroupLimits.none(), "1/create"));
            var applied = driver.create(new CreateGroupRequest(container, Limits.of().cpus("0").build(), "1/create"));
            assertEquals("0", applied.written().get("cpuset/cpuset.cpus"));
            Path slice = root.resolve("cpuset").resolve(new UnitNames(context.instanceId()).directory(pod.pod(), pod.container()));
            assertEquals("0-1", Files.readString(slice.resolve("cpuset.cpus")).strip());
            assertEquals("0", Files.readString(slice.resolve("cpuset.mems")).strip());
            for (GroupId group : List.of(container, pod)) {
                driver.destroy(new dev.stowbook.spi.cgroup.GroupTarget(group, "2/destroy"));
            }
            assertEquals(List.of(), files.childDirectories(root.resolve("cpuset/system.slice")));
        }
    }

    @Test
    void c24_whereNoSystemdIsTheManagerIsRefusedWithWhatToDo(@TempDir Path directory) throws Exception {
        for (var expected : Map.of("systemd", DriverErrorCode.UNAVAILABLE, "docker", DriverErrorCode.INVALID).entrySet()) {
            var context = new RecordingDriverContext(directory, TestNames.instanceId(), Map.of("manager", expected.getKey()));
            if (!Files.isDirectory(Path.of("/run/systemd/system"))) {
                var failure = assertThrows(DriverException.class, () -> new CgroupProvider().open(context));
                assertEquals(expected.getValue(), failure.code(), failure.getMessage());
                assertTrue(failure.getMessage().contains("system"), failure.getMessage());
            }
        }
    }
}

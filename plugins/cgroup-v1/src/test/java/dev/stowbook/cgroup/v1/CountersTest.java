package dev.stowbook.cgroup.v1;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.linux.cgroup.CgroupHierarchies.Layout;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CgroupStats;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.GroupTarget;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.TestNames;
import dev.stowbook.testkit.cgroup.FakeCgroupFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each counter has a value of its own in the kernel's files, so that none can be taken for another. */
class CountersTest {
    private static final Map<String, Map<String, String>> FILES = Map.of(
            "cpu", Map.of("cpu.shares", "1024", "cpu.stat", "nr_periods 11\nnr_throttled 12\nthrottled_time 13", "tasks", ""),
            "cpuacct", Map.of("cpuacct.usage", "14", "cpuacct.stat", "user 15\nsystem 16", "tasks", ""),
            "memory", Map.of(
                    "memory.usage_in_bytes", "21", "memory.max_usage_in_bytes", "22", "memory.use_hierarchy", "1",
                    "memory.stat", """
                            cache 1
                            rss 2
                            total_cache 24
                            total_rss 23
                            total_swap 26
                            total_pgfault 27
                            total_pgmajfault 28
                            total_inactive_file 25""",
                    "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 29", "tasks", ""),
            "blkio", Map.of(
                    "blkio.throttle.io_service_bytes_recursive", "8:0 Read 31\n8:16 Read 100\n8:0 Write 32\n8:0 Total 63\nTotal 163",
                    "blkio.throttle.io_serviced_recursive", "8:0 Read 33\n8:0 Write 34\n8:0 Total 67\nTotal 67", "tasks", ""),
            "freezer", Map.of("freezer.state", "THAWED", "cgroup.procs", "", "tasks", ""),
            "pids", Map.of("pids.max", "max", "pids.events", "max 42", "pids.current", "41", "tasks", ""));

    @Test
    void everyCounterIsReadFromItsOwnLine(@TempDir Path directory) throws Exception {
        Path root = Files.createDirectory(directory.resolve("cgroup"));
        Map<String, Path> v1 = new java.util.HashMap<>();
        FILES.keySet().forEach(controller -> v1.put(controller, root.resolve(controller)));
        var context = new RecordingDriverContext(directory, TestNames.instanceId(), Map.of());
        var hierarchies = new CgroupHierarchies(Layout.LEGACY, v1, Optional.empty(), Set.of(), Map.of());
        GroupId pod = GroupId.ofPod("ab".repeat(32));
        try (var driver = CgroupProvider.open(context, new FakeCgroupFiles(root, FILES), hierarchies)) {
            driver.create(new CreateGroupRequest(pod, CgroupLimits.none(), "1/create"));
            assertEquals(
                    new CgroupStats(
                            new CgroupStats.Cpu(of(14), of(150_000_000), of(160_000_000), of(11), of(12), of(13)),
                            new CgroupStats.Memory(of(21), of(22), of(23), of(24), of(25), of(26), of(27), of(28), of(29)),
                            new CgroupStats.Io(of(131), of(32), of(33), of(34)),
                            of(41),
                            of(42),
                            new CgroupStats.Pressure(Optional.empty(), Optional.empty(), Optional.empty())),
                    driver.stats(new GroupTarget(pod, "2/stats")));
        }
    }

    private static OptionalLong of(long value) {
        return OptionalLong.of(value);
    }
}

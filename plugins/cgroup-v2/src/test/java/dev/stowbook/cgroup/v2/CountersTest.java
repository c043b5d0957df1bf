package dev.stowbook.cgroup.v2;

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
    private static final Map<String, String> FILES = Map.ofEntries(
            Map.entry("cgroup.subtree_control", ""), Map.entry("cgroup.procs", ""), Map.entry("cgroup.freeze", "0"),
            Map.entry("cgroup.kill", ""), Map.entry("cgroup.events", "populated 0\nfrozen 0"),
            Map.entry("cpu.stat", "usage_usec 14\nuser_usec 15\nsystem_usec 16\nnr_periods 11\nnr_throttled 12\nthrottled_usec 13"),
            Map.entry("memory.current", "21"), Map.entry("memory.peak", "22"), Map.entry("memory.swap.current", "26"),
            Map.entry("memory.stat", "anon 23\nfile 24\ninactive_anon 1\ninactive_file 25\npgfault 27\npgmajfault 28"),
            Map.entry("memory.events", "low 2\nmax 3\noom 4\noom_kill 29\noom_group_kill 5"),
            Map.entry("io.stat", "8:0 rbytes=31 wbytes=32 rios=33 wios=34 dbytes=6 dios=7\n8:16 rbytes=100 wbytes=0 rios=0 wios=0 dbytes=0 dios=0"),
            Map.entry("pids.max", "max"), Map.entry("pids.current", "41"), Map.entry("pids.events", "max 43"),
            Map.entry("pids.events.local", "max 42"),
            Map.entry("cpu.pressure", stalls(51, 52)), Map.entry("memory.pressure", stalls(53, 54)), Map.entry("io.pressure", stalls(55, 56)));

    private static String stalls(int some, int full) {
        return "some avg10=0.00 avg60=0.00 avg300=0.00 total=" + some + "\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=" + full;
    }

    @Test
    void everyCounterIsReadFromItsOwnLine(@TempDir Path directory) throws Exception {
        Path root = Files.createDirectory(directory.resolve("cgroup"));
        var context = new RecordingDriverContext(directory, TestNames.instanceId(), Map.of());
        var hierarchies = new CgroupHierarchies(
                Layout.UNIFIED, Map.of(), Optional.of(root), Set.of("cpu", "memory", "pids", "io"), Map.of());
        GroupId pod = GroupId.ofPod("ab".repeat(32));
        try (var driver = CgroupProvider.open(context, new FakeCgroupFiles(root, Map.of("", FILES)), (group, filter) -> {}, hierarchies)) {
            driver.create(new CreateGroupRequest(pod, CgroupLimits.none(), "1/create"));
            assertEquals(
                    new CgroupStats(
                            new CgroupStats.Cpu(of(14_000), of(15_000), of(16_000), of(11), of(12), of(13_000)),
                            new CgroupStats.Memory(of(21), of(22), of(23), of(24), of(25), of(26), of(27), of(28), of(29)),
                            new CgroupStats.Io(of(131), of(32), of(33), of(34)),
                            of(41),
                            of(42),
                            new CgroupStats.Pressure(stall(51, 52), stall(53, 54), stall(55, 56))),
                    driver.stats(new GroupTarget(pod, "2/stats")));
        }
    }

    private static OptionalLong of(long value) {
        return OptionalLong.of(value);
    }

    private static Optional<CgroupStats.Stall> stall(long some, long full) {
        return Optional.of(new CgroupStats.Stall(some, full));
    }
}

package dev.stowbook.cgroup.v1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Observation;
import dev.stowbook.spi.Observation.OomKilled;
import dev.stowbook.spi.Observation.PidsExhausted;
import dev.stowbook.spi.Observation.PressureRose;
import dev.stowbook.spi.cgroup.AppliedLimits;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.Bound;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CgroupLimits.IoLimit;
import dev.stowbook.spi.cgroup.ControllerInfo;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.DeviceRule;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.PressureTrigger;
import dev.stowbook.spi.cgroup.UpdateGroupRequest;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.TestNames;
import dev.stowbook.testkit.cgroup.CgroupDriverFixture;
import dev.stowbook.testkit.cgroup.Limits;
import dev.stowbook.testkit.cgroup.PlacedProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What the limits do to real processes. */
class LimitsOnTheKernelTest extends CgroupDriverFixture {
    private static final long MIB = 1 << 20;
    private static final String BUSY = "while :; do :; done";

    @Override
    protected CgroupDriver open(RecordingDriverContext context) throws Exception {
        return new CgroupProvider().open(context);
    }

    private String file(String controller, GroupId group, String name) throws Exception {
        return Files.readString(Path.of("/sys/fs/cgroup", controller, "stowbook-" + instance, group.path(), name)).strip();
    }

    private DriverException refused(DriverErrorCode code, org.junit.jupiter.api.function.Executable call) {
        var failure = assertThrows(DriverException.class, call);
        assertEquals(code, failure.code(), failure.getMessage());
        return failure;
    }

    @Test
    void c2_c4_twoBusyLoopsOnOneCoreShareItByTheirWeights() throws Exception {
        GroupId other = GroupId.ofContainer(pod.pod(), TestNames.id());
        create(pod, Limits.of().shares(262144));
        create(container, Limits.of().shares(1000).cpus("1"));
        create(other, Limits.of().shares(500).cpus("1"));
        assertEquals("1000", file("cpu", container, "cpu.shares"));
        try (var heavy = start(container, BUSY); var light = start(other, BUSY)) {
            Thread.sleep(300);
            driver.freeze(target(pod)); // while both are read
            long heavyBefore = usage(container);
            long lightBefore = usage(other);
            driver.thaw(target(pod));
            Thread.sleep(3000);
            driver.freeze(target(pod));
            double ratio = (double) (usage(container) - heavyBefore) / (usage(other) - lightBefore);
            driver.thaw(target(pod));
            assertEquals(2.0, ratio, 0.3, "1000 to 500 shares; pids " + heavy.pid() + ", " + light.pid());
        }
    }

    @Test
    void c4_aSmallWeightAloneTakesAll() throws Exception {
        // Pod and instance outweigh whatever else runs on this machine, so that only the weights inside the pod are seen.
        create(pod, Limits.of().shares(262144));
        Files.writeString(Path.of("/sys/fs/cgroup/cpu/stowbook-" + instance + "/cpu.shares"), "262144");
        create(container, Limits.of().shares(50).cpus("1"));
        try (var busy = start(container, BUSY)) {
            assertTrue(busy.isAlive());
            // A weight that limited would do so in every window; a neighbour or the host may take a part of one.
            double best = 0;
            for (int window = 0; window < 20 && best < 0.95; window++) {
                long before = usage(container);
                long start = System.nanoTime();
                Thread.sleep(300);
                best = Math.max(best, (double) (usage(container) - before) / (System.nanoTime() - start));
            }
            assertTrue(best >= 0.85, "alone at weight 50 it got " + best + " of the core");
        }
    }

    private long usage(GroupId group) throws DriverException {
        return driver.stats(target(group)).cpu().usageNanos().orElseThrow();
    }

    @Test
    void c5_burstAndQuotaAreChangedInAnyOrder() throws Exception {
        create(pod);
        create(container, Limits.of().period(100_000).quota(50_000).burst(40_000));
        assertEquals("40000", file("cpu", container, "cpu.cfs_burst_us"));
        update(container, Limits.of().quota(20_000).burst(10_000));
        assertEquals("20000 10000", file("cpu", container, "cpu.cfs_quota_us") + " " + file("cpu", container, "cpu.cfs_burst_us"));
        update(container, Limits.of().quota(80_000).burst(70_000).period(200_000));
        assertEquals("80000 70000", file("cpu", container, "cpu.cfs_quota_us") + " " + file("cpu", container, "cpu.cfs_burst_us"));
        var failure = refused(DriverErrorCode.INVALID, () -> update(container, Limits.of().quota(60_000)));
        assertTrue(failure.getMessage().contains("cpu.cfs_quota_us"), failure.getMessage());
        assertEquals("80000", file("cpu", container, "cpu.cfs_quota_us"));
    }

    @Test
    void c8_reservationAndSwappinessAreReadBack() throws Exception {
        create(pod);
        var applied = create(container, Limits.of().memory(64 * MIB).reservation(16 * MIB + 5).swappiness(7));
        assertEquals("16777216", file("memory", container, "memory.soft_limit_in_bytes"));
        assertEquals("7", file("memory", container, "memory.swappiness"));
        assertEquals(
                List.of("memory.soft_limit_in_bytes: asked for 16777221, the kernel took 16777216"), applied.clamped(), "whole pages");
        update(container, Limits.of().reservation(0));
        assertEquals("9223372036854771712", file("memory", container, "memory.soft_limit_in_bytes"));
    }

    @Test
    void c16_memoryStatIsParsedFieldByField() throws Exception {
        create(pod);
        create(container);
        Path file = directory.resolve("cached");
        try (var process = start(container, "dd if=/dev/zero of=" + file + " bs=1M count=8 status=none; echo written;"
                + " exec dd if=/dev/zero of=/dev/null bs=16M count=1000000 status=none")) {
            assertEquals("written\n", process.line());
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (driver.stats(target(container)).memory().anonBytes().orElseThrow() < 15 * MIB && System.nanoTime() < deadline) {
                Thread.sleep(10);
            }
            driver.freeze(target(container));
            var memory = driver.stats(target(container)).memory();
            String stat = file("memory", container, "memory.stat");
            assertTrue(memory.fileBytes().orElseThrow() >= 8 * MIB, stat);
            assertTrue(memory.anonBytes().orElseThrow() >= 15 * MIB && memory.pageFaults().orElseThrow() > 0, stat);
            assertTrue(memory.usageBytes().orElseThrow() >= memory.fileBytes().orElseThrow(), stat);
            assertTrue(memory.peakBytes().orElseThrow() >= memory.usageBytes().orElseThrow(), stat);
            assertTrue(stat.contains("total_cache " + memory.fileBytes().orElseThrow()), stat);
            driver.kill(target(container));
        }
    }

    @Test
    void c15_systemTimeRisesWithSystemCalls() throws Exception {
        create(pod);
        create(container);
        try (var calls = start(container, "exec dd if=/dev/zero of=/dev/null bs=1 count=100000000 status=none")) {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (usage(container) < 400_000_000 && System.nanoTime() < deadline) {
                Thread.sleep(20);
            }
            driver.freeze(target(container));
            var cpu = driver.stats(target(container)).cpu();
            assertTrue(cpu.systemNanos().orElseThrow() > cpu.userNanos().orElseThrow(), cpu.toString());
            long ticks = Long.parseLong(file("cpuacct", container, "cpuacct.stat").replaceAll("(?s).*system ", ""));
            assertEquals(ticks * 10_000_000L, cpu.systemNanos().getAsLong(), "USER_HZ is 100");
            assertTrue(calls.isAlive());
            driver.kill(target(container));
        }
    }

    @Test
    void pressureIsObservedWhenProcessesStandStillForAProcessor() throws Exception {
        create(pod);
        create(container, Limits.of().cpus("1"));
        var trigger = new PressureTrigger(
                PressureTrigger.Resource.CPU, PressureTrigger.Kind.SOME, Duration.ofMillis(100), Duration.ofSeconds(2));
        watch(container, trigger);
        watch(container, trigger);
        try (var one = start(container, BUSY); var two = start(container, BUSY)) {
            var seen = context.await(PATIENCE.multipliedBy(2), PressureRose.class::isInstance).orElseThrow();
            var rose = (PressureRose) seen;
            assertEquals(container.path(), rose.target());
            assertEquals(trigger, rose.trigger());
            assertTrue(rose.totalStallMicros() >= 100_000, rose.toString());
            assertTrue(one.isAlive() && two.isAlive());
            watch(container);
            int before = context.observations().size();
            Thread.sleep(4500);
            assertTrue(context.observations().size() <= before + 1, "a trigger that is no longer asked for is silent");
            driver.kill(target(container));
        }
    }

    @Test
    void pressureOfAHostWithoutAV2TreeIsALevelOfReclaim() throws Exception {
        driver.close();
        driver = CgroupProvider.open(context, CgroupFiles.real(), CgroupHierarchies.detect(CgroupFiles.real()).withoutUnified());
        create(pod);
        create(container, Limits.of().memory(8 * MIB));
        watch(container, new PressureTrigger(
                PressureTrigger.Resource.MEMORY, PressureTrigger.Kind.FULL, Duration.ofMillis(50), Duration.ofSeconds(1)));
        try (var hog = start(container, "exec dd if=/dev/zero of=/dev/null bs=32M count=1 status=none")) {
            assertEquals(137, hog.exitStatus(PATIENCE));
        }
        var seen = context.await(PATIENCE, PressureRose.class::isInstance);
        assertEquals(Optional.of(container.path()), seen.map(Observation::target), context.observations().toString());
        refused(DriverErrorCode.UNSUPPORTED, () -> watch(container, new PressureTrigger(
                PressureTrigger.Resource.CPU, PressureTrigger.Kind.SOME, Duration.ofMillis(50), Duration.ofSeconds(1))));
    }

    @Test
    void c2_c5_aQuotaOfAFifthThrottles() throws Exception {
        create(pod);
        var applied = create(container, Limits.of().period(1_000_000).quota(200_000));
        assertEquals(Map.of("cpu/cpu.cfs_period_us", "1000000", "cpu/cpu.cfs_quota_us", "200000"), applied.written());
        update(container, Limits.of().period(100_000).quota(20_000));
        assertEquals("20000", file("cpu", container, "cpu.cfs_quota_us"));
        try (var busy = start(container, BUSY)) {
            assertTrue(busy.isAlive());
            long start = System.nanoTime();
            long before = usage(container);
            Thread.sleep(1500);
            long used = usage(container) - before;
            double part = (double) used / (System.nanoTime() - start);
            assertTrue(part < 0.25, "20 % of a core, but got " + part);
            assertTrue(used > 75_000_000, "20 % of a core for 1.5 s, but got " + used + " ns");
            assertTrue(driver.stats(target(container)).cpu().throttledPeriods().orElseThrow() > 0);
        }
    }

    @Test
    void c5_valuesOutOfRangeAreRefusedBeforeAnythingIsMade() throws Exception {
        create(pod);
        for (Limits wrong : List.of(
                Limits.of().period(999), Limits.of().period(1_000_001), Limits.of().quota(999), Limits.of().shares(1),
                Limits.of().shares(262145), Limits.of().pids(0), Limits.of().memory(100),
                Limits.of().memory(2 * MIB).memoryAndSwap(MIB), Limits.of().cpus("0-"), Limits.of().cpus("5-2"))) {
            refused(DriverErrorCode.INVALID, () -> create(container, wrong));
            assertEquals(List.of(), directoriesOf(container), wrong.build().toString());
        }
    }

    @Test
    void c6_aProcessMayRunOnTheProcessorsOfItsListOnly() throws Exception {
        create(pod);
        create(container, Limits.of().cpus("1"));
        try (var process = start(container, "exec sleep 60")) {
            assertEquals("1", allowedCpus(process));
            update(container, Limits.of().cpus("0"));
            assertEquals("0", allowedCpus(process));
        }
        var failure = refused(DriverErrorCode.INVALID, () -> update(container, Limits.of().cpus("0-63")));
        String online = Files.readString(Path.of("/sys/devices/system/cpu/online")).strip();
        assertTrue(failure.getMessage().contains("online processors are [0, 1") || online.equals("0"), failure.getMessage());
    }

    @Test
    void c6_limitingProcessorsLaterReachesProcessesThatRun() throws Exception {
        create(pod);
        create(container);
        assertFalse(Files.exists(Path.of("/sys/fs/cgroup/cpuset/stowbook-" + instance, container.path())));
        try (var first = start(container, "sleep 60 & wait")) {
            awaitProcesses(container, 2);
            update(pod, Limits.of().cpus("1"));
            assertEquals("1", allowedCpus(first), "the pod's list");
            try (var second = start(container, "exec sleep 60")) {
                assertEquals("1", allowedCpus(second), "a process placed after the pod was limited");
                update(container, Limits.of().cpus("1"));
                update(pod, Limits.of().cpus("0-1"));
                assertEquals("1", allowedCpus(second), "the container's own list");
            }
            driver.kill(target(pod));
        }
    }

    private static String allowedCpus(PlacedProcess process) throws Exception {
        return process.proc("status").lines()
                .filter(line -> line.startsWith("Cpus_allowed_list:"))
                .map(line -> line.split("\\s+")[1])
                .findFirst().orElseThrow();
    }

    @Test
    void c7_whoAllocatesBeyondTheLimitIsKilledAndObserved() throws Exception {
        create(pod);
        var applied = create(container, Limits.of().memory(16 * MIB + 1));
        assertEquals(Long.toString(16 * MIB), applied.written().get("memory/memory.limit_in_bytes"), "rounded down to pages");
        watch(container);
        try (var hog = start(container, "exec dd if=/dev/zero of=/dev/null bs=64M count=1 status=none")) {
            assertEquals(137, hog.exitStatus(PATIENCE));
        }
        var seen = context.await(PATIENCE, OomKilled.class::isInstance);
        assertEquals(Optional.of(new OomKilled(container.path(), 1)), seen);
        assertEquals(1, driver.stats(target(container)).memory().oomKills().orElseThrow());
        assertEquals("1", file("memory", container, "memory.oom_control").replaceAll("(?s).*oom_kill ", ""));
        Thread.sleep(200);
        assertEquals(1, context.observations().size(), context.observations().toString());
    }

    @Test
    void c7_aPodsLimitIsObservedAsThePodsThoughAContainerIsHit() throws Exception {
        GroupId sibling = GroupId.ofContainer(pod.pod(), TestNames.id());
        create(pod, Limits.of().memory(16 * MIB));
        create(container);
        create(sibling, Limits.of().memory(8 * MIB));
        watch(container);
        watch(sibling);
        try (var hog = start(container, "exec dd if=/dev/zero of=/dev/null bs=64M count=1 status=none")) {
            assertEquals(137, hog.exitStatus(PATIENCE));
        }
        assertEquals(Optional.of(new OomKilled(pod.path(), 1)), context.await(PATIENCE, OomKilled.class::isInstance));
        try (var hog = start(sibling, "exec dd if=/dev/zero of=/dev/null bs=32M count=1 status=none")) {
            assertEquals(137, hog.exitStatus(PATIENCE));
        }
        var second = context.await(PATIENCE, o -> o.target().equals(sibling.path()));
        assertEquals(Optional.of(new OomKilled(sibling.path(), 1)), second);
        Thread.sleep(200);
        assertEquals(2, context.observations().size(), context.observations().toString());
    }

    @Test
    void c1_theParentsLimitCapsTheChild() throws Exception {
        create(pod, Limits.of().pids(4));
        create(container, Limits.of().pids(100));
        try (var process = start(container, "for i in $(seq 20); do sleep 60 & done 2>/dev/null; exec sleep 60")) {
            process.exitStatus(PATIENCE);
            assertTrue(driver.processes(target(container)).size() <= 4);
            driver.kill(target(pod));
        }
    }

    @Test
    void c8_memoryAndSwapAreReadBackAndTwiceTheMemoryByDefault() throws Exception {
        create(pod);
        create(container, Limits.of().memory(256 * MIB).memoryAndSwap(512 * MIB));
        assertMemory("268435456", "536870912");
        update(container, Limits.of().memory(1024 * MIB).memoryAndSwap(1024 * MIB));
        assertMemory("1073741824", "1073741824");
        update(container, Limits.of().memory(32 * MIB).memoryAndSwap(64 * MIB));
        assertMemory("33554432", "67108864");
        update(container, Limits.of().memory(48 * MIB));
        assertMemory("50331648", "67108864");
        var failure = refused(DriverErrorCode.INVALID, () -> update(container, Limits.of().memory(65 * MIB)));
        assertTrue(failure.getMessage().contains("limitAndSwapBytes"), failure.getMessage());
        GroupId other = GroupId.ofContainer(pod.pod(), TestNames.id());
        var applied = create(other, Limits.of().memory(100 * MIB));
        assertEquals(
                Map.of("memory/memory.limit_in_bytes", "104857600", "memory/memory.memsw.limit_in_bytes", "209715200"),
                applied.written());
        assertEquals(applied, create(other, Limits.of().memory(100 * MIB)), "created again");
    }

    private void assertMemory(String limit, String memsw) throws Exception {
        assertEquals(limit, file("memory", container, "memory.limit_in_bytes"));
        assertEquals(memsw, file("memory", container, "memory.memsw.limit_in_bytes"));
    }

    @Test
    void c10_aForkBombStopsAtTheNumber() throws Exception {
        create(pod);
        create(container, Limits.of().pids(8));
        watch(container);
        try (var bomb = start(container, "for i in $(seq 50); do sleep 60 & done 2>/dev/null; wait")) {
            assertTrue(context.await(PATIENCE, PidsExhausted.class::isInstance)
                    .filter(o -> o.target().equals(container.path())).isPresent(), context.observations().toString());
            assertTrue(driver.stats(target(container)).pids().orElseThrow() <= 8);
            assertTrue(Long.parseLong(file("pids", container, "pids.events").replace("max ", "")) > 0);
            assertTrue(bomb.pid() > 0);
            driver.kill(target(container));
        }
    }

    @Test
    void c10_aRefusedForkIsObservedAtOnceThroughTheKernelsLog() throws Exception {
        create(pod);
        double millis = Double.MAX_VALUE;
        // A busy machine may be late, but no machine is early: without the log it takes the 700 ms to the next look.
        for (int attempt = 0; attempt < 40 && millis >= 500; attempt++) {
            driver.close();
            driver = open(context);
            GroupId fresh = GroupId.ofContainer(pod.pod(), TestNames.id());
            create(fresh, Limits.of().pids(2));
            watch(fresh);
            // Between two of the looks that come once a second.
            Thread.sleep(300);
            long start = System.nanoTime();
            try (var forks = start(fresh, "exec 2>/dev/null; sleep 60 & sleep 60 & sleep 60 & wait")) {
                assertTrue(context.await(PATIENCE, o -> o instanceof PidsExhausted && o.target().equals(fresh.path())).isPresent());
                millis = (System.nanoTime() - start) / 1e6;
                assertTrue(forks.pid() > 0);
                driver.kill(target(fresh));
            }
        }
        assertTrue(millis < 500, "took " + millis + " ms");
    }

    @Test
    void c11_onlyAllowedDevicesCanBeUsed() throws Exception {
        create(pod);
        var applied = create(container, Limits.of().devices(
                rule(true, 'c', 1, 3, "rwm"), rule(true, 'c', 1, 5, "r"), rule(true, 'c', 1, 7, "rwm"),
                rule(false, 'c', 1, 7, "w")));
        assertEquals("c 1:3 rwm\nc 1:5 r\nc 1:7 rm", applied.written().get("devices/devices.list"));
        Path node = directory.resolve("node");
        String script = "cat /dev/null && echo null; head -c 1 /dev/zero | wc -c; cat /dev/random 2>/dev/null || echo random;"
                + " mknod " + node + " b 7 99 2>/dev/null || echo mknod";
        try (var process = start(container, script)) {
            assertEquals("null\n1\nrandom\nmknod\n", process.output());
        }
        assertFalse(Files.exists(node));
    }

    private static DeviceRule rule(boolean allow, char type, int major, int minor, String access) {
        return new DeviceRule(allow, type, OptionalInt.of(major), OptionalInt.of(minor), access);
    }

    @Test
    void c12_theGroupIsFrozenBeforeTheFirstSignal() throws Exception {
        create(pod);
        create(container);
        try (var process = start(container, "exec sleep 60")) {
            driver.freeze(target(container));
            boolean v2 = driver.placement(target(container)).directory().isPresent();
            String state = v2
                    ? Files.readString(driver.placement(target(container)).directory().orElseThrow().resolve("cgroup.events"))
                    : file("freezer", container, "freezer.state");
            assertTrue(state.contains(v2 ? "frozen 1" : "FROZEN"), state);
            assertTrue(process.isAlive());
            driver.kill(target(container));
            assertEquals(137, process.exitStatus(PATIENCE));
        }
    }

    @Test
    void c2_c14_accountingCountsABusyLoop() throws Exception {
        create(pod);
        create(container);
        try (var busy = start(container, BUSY)) {
            Thread.sleep(1000);
            driver.freeze(target(container));
            long ticksNanos = busy.cpuTicks() * 10_000_000L;
            long usage = usage(container);
            assertEquals(ticksNanos, usage, 0.05 * ticksNanos + 20_000_000);
            assertEquals(usage, usage(pod), 1_000_000, "the pod counts its containers");
            var stats = driver.stats(target(container));
            long split = stats.cpu().userNanos().orElseThrow() + stats.cpu().systemNanos().orElseThrow();
            assertEquals(usage, split, 0.05 * usage + 20_000_000);
            driver.kill(target(container));
        }
    }

    @Test
    void c27_v1ControllersAndTheV2CoreAreComposed() throws Exception {
        create(pod);
        create(container);
        var owners = driver.controllers();
        assertTrue(owners.contains(new ControllerInfo("memory", ControllerInfo.Version.V1, "/sys/fs/cgroup/memory")));
        Path unified = Path.of("/sys/fs/cgroup/unified");
        var placement = driver.placement(target(container));
        if (Files.exists(unified)) {
            assertEquals(Optional.of(unified.resolve("stowbook-" + instance).resolve(container.path())), placement.directory());
            assertTrue(new CgroupProvider().capabilities().contains(dev.stowbook.spi.cgroup.CgroupCapability.ATOMIC_KILL));
        }
        assertTrue(placement.tasksFiles().stream().anyMatch(tasks -> tasks.startsWith("/sys/fs/cgroup/memory")));
        try (var process = start(container, "exec sleep 60")) {
            assertTrue(process.proc("cgroup").contains("0::/stowbook-" + instance) || !Files.exists(unified));
        }
    }

    @Test
    void oneThreadWatchesAnyNumberOfGroups() throws Exception {
        create(pod);
        for (int i = 0; i < 30; i++) {
            GroupId one = GroupId.ofContainer(pod.pod(), TestNames.id());
            create(one, Limits.of());
            watch(one);
        }
        long watchers = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("stowbook-cgroup-v1-watch")).count();
        assertEquals(1, watchers);
    }

    @Test
    void aWriteThatTheKernelRefusesNamesTheBytes() throws Exception {
        create(pod);
        var failure = assertThrows(DriverException.class, () -> create(container, Limits.of()
                .io(new IoLimit(4000, 1, Optional.of(Bound.of(1)), Optional.empty(), Optional.empty(), Optional.empty()))));
        assertTrue(failure.getMessage().contains("\"4000:1 1\""), failure.getMessage());
        assertEquals(dev.stowbook.spi.Presence.PARTIAL, driver.inspect(target(container)).presence());
    }

    @Test
    void observationsComeOnlyFromWatchedGroups() throws Exception {
        create(pod);
        create(container, Limits.of().memory(16 * MIB));
        try (var hog = start(container, "exec dd if=/dev/zero of=/dev/null bs=64M count=1 status=none")) {
            assertEquals(137, hog.exitStatus(PATIENCE));
        }
        assertEquals(List.<Observation>of(), context.observations());
        assertEquals(CgroupLimits.none(), Limits.of().build());
    }
}

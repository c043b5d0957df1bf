package dev.stowbook.cgroup.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.linux.cgroup.CgroupHierarchies.Layout;
import dev.stowbook.linux.cgroup.DeviceFilter;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Observation.OomKilled;
import dev.stowbook.spi.Observation.PidsExhausted;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.cgroup.AppliedLimits;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.DeviceRule;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.GroupTarget;
import dev.stowbook.spi.cgroup.UpdateGroupRequest;
import dev.stowbook.spi.cgroup.WatchRequest;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.TestNames;
import dev.stowbook.testkit.cgroup.FakeCgroupFiles;
import dev.stowbook.testkit.cgroup.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** C3: the driver needs nothing but files, so a pure v2 host with all controllers can be laid out in a directory. */
class FakeHierarchyTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Map<String, String> FILES = Map.ofEntries(
            Map.entry("cgroup.subtree_control", ""), Map.entry("cgroup.procs", ""), Map.entry("cgroup.freeze", "0"),
            Map.entry("cgroup.kill", ""), Map.entry("cgroup.events", "populated 0\nfrozen 1"), Map.entry("cpu.weight", "100"),
            Map.entry("cpu.max", "max 100000"), Map.entry("cpuset.cpus", ""), Map.entry("memory.max", "max"),
            Map.entry("memory.swap.max", "max"), Map.entry("memory.current", "0"), Map.entry("memory.peak", "0"),
            Map.entry("memory.events", "max 0\noom 0\noom_kill 0"), Map.entry("memory.events.local", "max 0\noom 0\noom_kill 0"),
            Map.entry("pids.max", "max"), Map.entry("pids.current", "0"), Map.entry("pids.events", "max 0"),
            Map.entry("pids.events.local", "max 0"), Map.entry("io.max", ""), Map.entry("io.stat", "8:0 rbytes=5 wbytes=7 rios=1"),
            Map.entry("cpu.stat", "usage_usec 30\nuser_usec 10\nsystem_usec 20\nnr_throttled 4"));

    @TempDir
    Path directory;

    private final GroupId pod = GroupId.ofPod("ab".repeat(32));
    private final GroupId container = GroupId.ofContainer(pod.pod(), "cd".repeat(32));
    private Path root;
    private FakeCgroupFiles files;
    private RecordingDriverContext context;
    private CgroupFsDriver driver;
    private Map<Path, DeviceFilter> filters;

    @BeforeEach
    void layOut() throws Exception {
        root = Files.createDirectory(directory.resolve("cgroup"));
        files = new FakeCgroupFiles(root, Map.of("", FILES));
        filters = new java.util.HashMap<>();
        context = new RecordingDriverContext(directory, TestNames.instanceId(), Map.of());
        driver = open(Set.of("cpu", "cpuset", "memory", "pids", "io", "hugetlb"), Map.of());
    }

    private CgroupFsDriver open(Set<String> controllers, Map<String, Boolean> kernel) throws Exception {
        return CgroupProvider.open(context, files, filters::put,
                new CgroupHierarchies(Layout.UNIFIED, Map.of(), Optional.of(root), controllers, kernel));
    }

    @AfterEach
    void close() {
        driver.close();
    }

    private AppliedLimits create(GroupId group, CgroupLimits limits) throws DriverException {
        return driver.create(new CreateGroupRequest(group, limits, "1/create"));
    }

    private String parent() {
        return "stowbook-" + context.instanceId();
    }

    private Path groupDirectory(GroupId group) {
        return root.resolve(parent()).resolve(group.path());
    }

    @Test
    void c26_controllersAreHandedDownFromTheTopBeforeTheGroupBelowIsMade() throws Exception {
        create(pod, CgroupLimits.none());
        String all = "+cpu +cpuset +io +memory +pids";
        assertEquals(
                List.of("cgroup.subtree_control = " + all, parent() + "/cgroup.subtree_control = " + all),
                files.writes(),
                "a pod without containers is a leaf, which may hold processes");
        files.forgetWrites();
        create(container, CgroupLimits.none());
        assertEquals(
                List.of(parent() + "/" + pod.path() + "/cgroup.subtree_control = " + all),
                files.writes(),
                "a container holds processes: it hands nothing on");
    }

    @Test
    void c26_whatIsHandedDownAlreadyIsLeftAlone() throws Exception {
        Files.writeString(root.resolve("cgroup.subtree_control"), "cpu hugetlb io memory pids\n");
        create(pod, CgroupLimits.none());
        assertEquals("cgroup.subtree_control = +cpuset", files.writes().getFirst());
    }

    @Test
    void c3_c28_aGroupIsOneDirectoryAndLimitsAreBytesInFiles() throws Exception {
        create(pod, CgroupLimits.none());
        create(container, CgroupLimits.none());
        files.forgetWrites();
        var applied = create(container, Limits.of().shares(1000).quota(200_000).memory(268435456).memoryAndSwap(536870912).pids(7).build());
        String below = parent() + "/" + container.path() + "/";
        assertEquals(
                List.of(
                        below + "cpu.weight = 98", below + "cpu.max = 200000 100000", below + "memory.max = 268435456",
                        below + "memory.swap.max = 268435456", below + "pids.max = 7"),
                files.writes());
        assertEquals("268435456", applied.written().get("memory.swap.max"));
        assertEquals(List.of(pod, container), driver.list());
        var placement = driver.placement(new GroupTarget(container, "2/placement"));
        assertEquals(Optional.of(groupDirectory(container)), placement.directory());
        assertEquals(List.of(), placement.tasksFiles());
    }

    @Test
    void anUpdateKeepsWhatItDoesNotName() throws Exception {
        create(pod, CgroupLimits.none());
        create(container, Limits.of().memory(1 << 20).quota(50_000).build());
        files.forgetWrites();
        driver.update(new UpdateGroupRequest(container, Limits.of().memory(1 << 19).period(200_000).build(), "2/update"));
        String below = parent() + "/" + container.path() + "/";
        assertEquals(
                List.of(below + "cpu.max = 50000 200000", below + "memory.max = 524288", below + "memory.swap.max = 1572864"),
                files.writes());
        var failure = assertThrows(DriverException.class,
                () -> driver.update(new UpdateGroupRequest(container, Limits.of().memory(1 << 22).build(), "3/update")));
        assertEquals(DriverErrorCode.INVALID, failure.code());
    }

    @Test
    void c8_swapLimitsNeedSwapAccounting() throws Exception {
        create(pod, CgroupLimits.none());
        create(container, CgroupLimits.none());
        Files.delete(groupDirectory(container).resolve("memory.swap.max"));
        var failure = assertThrows(DriverException.class, () ->
                create(container, Limits.of().memory(1 << 20).memoryAndSwap(1 << 21).build()));
        assertEquals(DriverErrorCode.UNSUPPORTED, failure.code());
        assertTrue(failure.getMessage().contains("swapaccount=1"), failure.getMessage());
        assertFalse(create(container, Limits.of().memory(1 << 20).build()).written().containsKey("memory.swap.max"));
    }

    @Test
    void aGroupWhoseLimitsWereNotAllWrittenIsPartial() throws Exception {
        create(pod, CgroupLimits.none());
        // What a daemon leaves that dies between making the directory and writing its limits.
        files.makeDirectory(groupDirectory(container));
        assertEquals(Presence.PARTIAL, driver.inspect(new GroupTarget(container, "2/inspect")).presence());
        create(container, CgroupLimits.none());
        assertEquals(Presence.PRESENT, driver.inspect(new GroupTarget(container, "3/inspect")).presence());
        driver.destroy(new GroupTarget(container, "4/destroy"));
        assertEquals(Presence.ABSENT, driver.inspect(new GroupTarget(container, "5/inspect")).presence());
    }

    @Test
    void c12_freezeThenKillThenThaw() throws Exception {
        create(pod, CgroupLimits.none());
        create(container, CgroupLimits.none());
        Files.writeString(groupDirectory(container).resolve("cgroup.procs"), "12\n0\n7\n");
        assertEquals(List.of(7, 12), driver.processes(new GroupTarget(container, "2/processes")));
        files.forgetWrites();
        assertEquals(2, driver.kill(new GroupTarget(pod, "2/kill")));
        String below = parent() + "/" + pod.path() + "/";
        assertEquals(
                List.of(
                        below + "cgroup.freeze = 1", below + "cgroup.kill = 1", below + "cgroup.freeze = 0",
                        parent() + "/" + container.path() + "/cgroup.freeze = 0"),
                files.writes());
    }

    @Test
    void c11_deviceRulesBecomeAProgram() throws Exception {
        create(pod, CgroupLimits.none());
        var rule = new DeviceRule(true, 'c', OptionalInt.of(1), OptionalInt.of(3), "rwm");
        var applied = create(container, Limits.of().devices(rule).build());
        assertEquals(Map.of("bpf/cgroup_device", "allow c 1:3 rwm"), applied.written());
        assertEquals(1, filters.get(groupDirectory(container)).rules().size());
        create(container, CgroupLimits.none());
        assertEquals(1, filters.size(), "no rules: no change");
    }

    @Test
    void countersAreReadInTheUnitsOfTheSpi() throws Exception {
        create(pod, CgroupLimits.none());
        var stats = driver.stats(new GroupTarget(pod, "2/stats"));
        assertEquals(30_000, stats.cpu().usageNanos().orElseThrow());
        assertEquals(10_000, stats.cpu().userNanos().orElseThrow());
        assertEquals(20_000, stats.cpu().systemNanos().orElseThrow());
        assertEquals(4, stats.cpu().throttledPeriods().orElseThrow());
        assertEquals(5, stats.io().readBytes().orElseThrow());
        assertEquals(7, stats.io().writeBytes().orElseThrow());
    }

    @Test
    void c7_aKillIsObservedInTheGroupWhoseLimitWasHit() throws Exception {
        watchTheContainer();
        // The pod's limit is hit, a process of the container is killed: the kernel counts oom in the pod, the kill in both.
        change(pod, "memory.events.local", "max 0\noom 1\noom_kill 0");
        change(pod, "memory.events", "max 0\noom 1\noom_kill 1");
        changeAndAwaitReading(container, "memory.events", "max 0\noom 0\noom_kill 1");
        assertEquals(Optional.of(new OomKilled(pod.path(), 1)), context.await(PATIENCE, OomKilled.class::isInstance));
        change(container, "memory.events.local", "max 0\noom 1\noom_kill 1");
        change(container, "memory.events", "max 0\noom 1\noom_kill 2");
        changeAndAwaitReading(pod, "memory.events", "max 0\noom 2\noom_kill 2");
        var second = context.await(PATIENCE, o -> o.target().equals(container.path()));
        assertEquals(Optional.of(new OomKilled(container.path(), 2)), second);
        assertEquals(2, context.observations().size(), context.observations().toString());
    }

    @Test
    void c7_aKillThatIsCountedBetweenTwoReadingsIsToldByTheNext() throws Exception {
        watchTheContainer();
        afterReadings(container, 1, () -> {
            change(container, "memory.events.local", "max 1\noom 1\noom_kill 1");
            change(container, "memory.events", "max 1\noom 1\noom_kill 1");
        });
        change(container, "memory.events", "max 1\noom 0\noom_kill 0");
        assertEquals(Optional.of(new OomKilled(container.path(), 1)), context.await(PATIENCE, OomKilled.class::isInstance));
    }

    @Test
    void c7_aKillThatIsCountedWhileTheWatchBeginsIsTold() throws Exception {
        create(pod, CgroupLimits.none());
        create(container, CgroupLimits.none());
        afterReadings(container, 2, () -> {
            change(container, "memory.events.local", "max 0\noom 1\noom_kill 1");
            change(container, "memory.events", "max 0\noom 1\noom_kill 1");
        });
        driver.watch(new WatchRequest(container, List.of(), "2/watch"));
        assertEquals(Optional.of(new OomKilled(container.path(), 1)), context.await(PATIENCE, OomKilled.class::isInstance));
    }

    @Test
    void c10_aRefusalThatIsCountedWhileTheWatchBeginsIsTold() throws Exception {
        create(pod, CgroupLimits.none());
        create(container, Limits.of().pids(5).build());
        var once = new AtomicBoolean();
        files.afterRead(file -> {
            if (file.equals(groupDirectory(container).resolve("pids.events.local")) && once.compareAndSet(false, true)) {
                change(container, "pids.events.local", "max 1");
                change(container, "pids.events", "max 1");
            }
        });
        driver.watch(new WatchRequest(container, List.of(), "2/watch"));
        assertEquals(
                Optional.of(new PidsExhausted(container.path(), 1)), context.await(PATIENCE, PidsExhausted.class::isInstance));
    }

    @Test
    void c10_aRefusedForkIsObserved() throws Exception {
        watchTheContainer();
        change(container, "pids.events.local", "max 3");
        change(container, "pids.events", "max 3");
        assertEquals(
                Optional.of(new PidsExhausted(container.path(), 3)), context.await(PATIENCE, PidsExhausted.class::isInstance));
    }

    @Test
    void c10_aForkBombIsToldOnceASecond() throws Exception {
        watchTheContainer();
        long begin = System.nanoTime();
        for (int refusals = 10; refusals <= 30; refusals++) {
            change(container, "pids.events.local", "max " + refusals);
            change(container, "pids.events", "max " + refusals);
            Thread.sleep(10);
        }
        assertEquals(
                Optional.of(new PidsExhausted(container.path(), 30)),
                context.await(PATIENCE, o -> o instanceof PidsExhausted e && e.refusals() == 30),
                context.observations().toString());
        long seconds = Duration.ofNanos(System.nanoTime() - begin).toSeconds();
        assertTrue(context.observations().size() <= 1 + seconds, "in " + seconds + " s: " + context.observations());
    }

    private void watchTheContainer() throws DriverException {
        create(pod, CgroupLimits.none());
        create(container, Limits.of().pids(5).build());
        driver.watch(new WatchRequest(container, List.of(), "2/watch"));
    }

    private void change(GroupId group, String file, String content) {
        files.change(groupDirectory(group).resolve(file), content);
    }

    /** Until the watch has read both files of a group since. */
    private void changeAndAwaitReading(GroupId group, String file, String content) throws Exception {
        var read = new CountDownLatch(1);
        afterReadings(group, 2, read::countDown);
        change(group, file, content);
        assertTrue(read.await(PATIENCE.toSeconds(), TimeUnit.SECONDS), "the watch reads " + group.path());
    }

    /** Does something once, after so many readings of a group's two files with out-of-memory events, in whichever order they come. */
    private void afterReadings(GroupId group, int count, Runnable task) {
        var seen = new AtomicInteger();
        files.afterRead(file -> {
            boolean counts = file.getParent().equals(groupDirectory(group)) && file.getFileName().toString().startsWith("memory.events");
            if (counts && seen.incrementAndGet() == count) {
                task.run();
            }
        });
    }

    @Test
    void c16_aMissingControllerIsNamedWithTheKernelArgumentThatAddsIt() throws Exception {
        driver.close();
        driver = open(Set.of("cpu"), Map.of("memory", false, "pids", true));
        create(pod, CgroupLimits.none());
        for (var expected : Map.of(
                Limits.of().memory(1 << 20), "cgroup_enable=memory swapaccount=1",
                Limits.of().pids(5), "pids controller is not built into").entrySet()) {
            var failure = assertThrows(DriverException.class, () -> create(container, expected.getKey().build()));
            assertEquals(DriverErrorCode.UNSUPPORTED, failure.code());
            assertTrue(failure.getMessage().contains(expected.getValue()), failure.getMessage());
            assertEquals(Presence.ABSENT, driver.inspect(new GroupTarget(container, "2/inspect")).presence());
        }
        assertEquals(Errno.ENOENT, assertThrows(LinuxException.class, () -> files.read(root.resolve("none"))).errno());
    }
}

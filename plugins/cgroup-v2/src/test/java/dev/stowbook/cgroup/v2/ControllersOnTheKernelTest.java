package dev.stowbook.cgroup.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.Observation.OomKilled;
import dev.stowbook.spi.Observation.PidsExhausted;
import dev.stowbook.spi.cgroup.AppliedLimits;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.TestNames;
import dev.stowbook.testkit.cgroup.CgroupDriverFixture;
import dev.stowbook.testkit.cgroup.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the limits do to real processes where v2 owns cpu, memory and pids; elsewhere FakeHierarchyTest shows the bytes written. */
@ExtendWith(WhereV2OwnsTheControllers.class)
class ControllersOnTheKernelTest extends CgroupDriverFixture {
    private static final long MIB = 1 << 20;
    /** Doubles a word. Not by read(2): User Mode Linux panics when it runs out of memory while the kernel writes to a process. */
    private static final String HOG = "word=xxxxxxxx; while :; do word=$word$word; done";
    private static final String BUSY = "while :; do :; done";

    @Override
    protected CgroupDriver open(RecordingDriverContext context) throws Exception {
        return new CgroupProvider().open(context);
    }

    private String file(GroupId group, String name) throws Exception {
        Path directory = driver.placement(target(group)).directory().orElseThrow();
        return Files.readString(directory.resolve(name)).strip();
    }

    private long usage(GroupId group) throws Exception {
        return driver.stats(target(group)).cpu().usageNanos().orElseThrow();
    }

    @Test
    void c26_theControllersReachTheContainerAndAPodWithoutContainersHoldsAProcess() throws Exception {
        create(pod, Limits.of());
        try (var process = start(pod, "exec sleep 60")) {
            assertEquals(1, driver.kill(target(pod)));
            assertEquals(137, process.exitStatus(PATIENCE));
        }
        create(container, Limits.of());
        assertTrue(Set.of(file(container, "cgroup.controllers").split(" ")).containsAll(Set.of("cpu", "memory", "pids")));
        assertEquals("", file(container, "cgroup.subtree_control"));
    }

    @Test
    void c4_twoBusyLoopsOnOneCoreShareItByTheirWeights() throws Exception {
        GroupId other = GroupId.ofContainer(pod.pod(), TestNames.id());
        create(pod, Limits.of().shares(262144));
        assertEquals("98", create(container, Limits.of().shares(1000)).written().get("cpu.weight"));
        assertEquals("49", create(other, Limits.of().shares(500)).written().get("cpu.weight"));
        String pinned = "taskset -c 0 sh -c '" + BUSY + "'";
        try (var heavy = start(container, pinned); var light = start(other, pinned)) {
            Thread.sleep(500);
            driver.freeze(target(pod)); // while both are read
            long heavyBefore = usage(container);
            long lightBefore = usage(other);
            driver.thaw(target(pod));
            Thread.sleep(3000);
            driver.freeze(target(pod));
            double ratio = (double) (usage(container) - heavyBefore) / (usage(other) - lightBefore);
            assertEquals(2.0, ratio, 0.3, "1000 to 500 shares; pids " + heavy.pid() + ", " + light.pid());
            driver.kill(target(pod));
        }
    }

    @Test
    void c5_aQuotaOfAFifthThrottles() throws Exception {
        create(pod, Limits.of());
        assertEquals("20000 100000", create(container, Limits.of().quota(20_000)).written().get("cpu.max"));
        try (var busy = start(container, BUSY)) {
            assertTrue(busy.isAlive());
            long start = System.nanoTime();
            long before = usage(container);
            Thread.sleep(2000);
            long used = usage(container) - before;
            double part = (double) used / (System.nanoTime() - start);
            assertTrue(used > 100_000_000 && part < 0.27, "20 % of a core, but got " + part);
            assertTrue(driver.stats(target(container)).cpu().throttledPeriods().orElseThrow() > 0);
        }
    }

    @Test
    void c7_c8_whoAllocatesBeyondTheLimitIsKilledAndObservedInTheGroupThatWasLimited() throws Exception {
        GroupId sibling = GroupId.ofContainer(pod.pod(), TestNames.id());
        create(pod, Limits.of().memory(16 * MIB).memoryAndSwap(16 * MIB));
        create(container, Limits.of());
        var applied = create(sibling, Limits.of().memory(8 * MIB + 1).memoryAndSwap(8 * MIB + 1));
        assertEquals(Long.toString(8 * MIB), applied.written().get("memory.max"), "rounded down to pages");
        assertEquals("0", applied.written().get("memory.swap.max"));
        watch(container);
        watch(sibling);
        try (var hog = start(container, HOG)) {
            assertEquals(137, hog.exitStatus(PATIENCE));
        }
        assertEquals(Optional.of(new OomKilled(pod.path(), 1)), context.await(PATIENCE, OomKilled.class::isInstance));
        try (var hog = start(sibling, HOG)) {
            assertEquals(137, hog.exitStatus(PATIENCE));
        }
        var second = context.await(PATIENCE, o -> o.target().equals(sibling.path()));
        assertEquals(Optional.of(new OomKilled(sibling.path(), 1)), second);
        Thread.sleep(300);
        assertEquals(2, context.observations().size(), context.observations().toString());
    }

    @Test
    void c10_aForkBombStopsAtTheNumber() throws Exception {
        create(pod, Limits.of());
        create(container, Limits.of().pids(8));
        watch(container);
        try (var bomb = start(container, "for i in $(seq 50); do sleep 60 & done 2>/dev/null; wait")) {
            assertTrue(bomb.pid() > 0);
            assertTrue(context.await(PATIENCE, PidsExhausted.class::isInstance)
                    .filter(o -> o.target().equals(container.path())).isPresent(), context.observations().toString());
            assertTrue(driver.stats(target(container)).pids().orElseThrow() <= 8);
            driver.kill(target(container));
        }
    }
}

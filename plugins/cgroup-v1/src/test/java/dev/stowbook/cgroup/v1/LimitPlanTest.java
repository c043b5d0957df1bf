package dev.stowbook.cgroup.v1;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stowbook.cgroup.v1.LimitPlan.Write;
import dev.stowbook.spi.cgroup.Bound;
import dev.stowbook.spi.cgroup.CgroupLimits.IoLimit;
import dev.stowbook.spi.cgroup.DeviceRule;
import dev.stowbook.spi.cgroup.PressureTrigger;
import dev.stowbook.testkit.cgroup.Limits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

import org.junit.jupiter.api.Test;

/** Beside the test of the same name for v2: the same limits, other files and values. */
class LimitPlanTest {
    private static List<String> create(Limits limits) {
        return plan(limits, Optional.empty(), true);
    }

    private static List<String> plan(Limits limits, Optional<Bound> memswNow, boolean defaults) {
        return LimitPlan.of(limits.build(), true, memswNow, defaults).stream().map(LimitPlanTest::line).toList();
    }

    private static String line(Write write) {
        return write.key() + " = " + write.value();
    }

    @Test
    void c4_sharesAreV1sOwnTerm() {
        for (int shares : new int[] {2, 50, 500, 1000, 1024, 262144}) {
            assertEquals(List.of("cpu/cpu.shares = " + shares), create(Limits.of().shares(shares)));
        }
    }

    @Test
    void c5_quotaAndPeriodAreTwoFiles() {
        assertEquals(List.of("cpu/cpu.cfs_quota_us = 200000"), create(Limits.of().quota(200_000)));
        assertEquals(
                List.of("cpu/cpu.cfs_period_us = 50000", "cpu/cpu.cfs_quota_us = 200000"),
                create(Limits.of().quota(200_000).period(50_000)));
    }

    @Test
    void c8_memswCountsBothAndIsWrittenFirstWhenRaising() {
        assertEquals(
                List.of("memory/memory.limit_in_bytes = 100", "memory/memory.memsw.limit_in_bytes = 200"),
                create(Limits.of().memory(100)));
        assertEquals(
                List.of("memory/memory.memsw.limit_in_bytes = 900", "memory/memory.limit_in_bytes = 500"),
                plan(Limits.of().memory(500).memoryAndSwap(900), Optional.of(Bound.of(200)), false));
        assertEquals(
                List.of("memory/memory.limit_in_bytes = 50", "memory/memory.memsw.limit_in_bytes = 60"),
                plan(Limits.of().memory(50).memoryAndSwap(60), Optional.of(Bound.of(200)), false));
        assertEquals(
                List.of("memory/memory.limit_in_bytes = 50"),
                plan(Limits.of().memory(50), Optional.of(Bound.of(200)), false));
        assertEquals(
                List.of("memory/memory.limit_in_bytes = 100"),
                LimitPlan.of(Limits.of().memory(100).build(), false, Optional.empty(), true).stream()
                        .map(LimitPlanTest::line).toList(),
                "without swap accounting");
        assertEquals(Bound.of(Long.MAX_VALUE), Conversions.defaultMemoryAndSwap(Bound.of(Long.MAX_VALUE - 1)));
    }

    @Test
    void c9_eachRateIsAFileOfItsOwn() {
        var limit = new IoLimit(8, 16, Optional.of(Bound.of(1)), Optional.of(Bound.of(2)), Optional.of(Bound.of(3)), Optional.of(Bound.of(4)));
        assertEquals(
                List.of(
                        "blkio/blkio.throttle.read_bps_device = 8:16 1", "blkio/blkio.throttle.write_bps_device = 8:16 2",
                        "blkio/blkio.throttle.read_iops_device = 8:16 3", "blkio/blkio.throttle.write_iops_device = 8:16 4"),
                create(Limits.of().io(limit)));
    }

    @Test
    void c11_everythingIsDeniedThenTheRulesFollow() {
        assertEquals(
                List.of("devices/devices.deny = a", "devices/devices.allow = c 1:3 rwm", "devices/devices.deny = b *:* m"),
                create(Limits.of().devices(
                        new DeviceRule(true, 'c', OptionalInt.of(1), OptionalInt.of(3), "rwm"),
                        new DeviceRule(false, 'b', OptionalInt.empty(), OptionalInt.empty(), "m"))));
    }

    @Test
    void c15_ticksAreAHundredthOfASecond() {
        assertEquals(1_230_000_000L, Conversions.ticksToNanos(123));
    }

    @Test
    void c5_c6_burstAndMemoryNodesAreFilesOfTheirOwn() {
        assertEquals(
                List.of("cpuset/cpuset.mems = 0", "cpu/cpu.cfs_quota_us = 20000", "cpu/cpu.cfs_burst_us = 5000"),
                create(Limits.of().quota(20_000).burst(5_000).mems("0")));
    }

    @Test
    void c8_aReservationIsTheSoftLimitOfWhichNoneIsUnlimited() {
        assertEquals(
                List.of("memory/memory.soft_limit_in_bytes = 20", "memory/memory.swappiness = 7"),
                create(Limits.of().reservation(20).swappiness(7)));
        assertEquals(List.of("memory/memory.soft_limit_in_bytes = -1"), create(Limits.of().reservation(0)));
    }

    @Test
    void unlimitedIsAWordOfItsOwnInEachFile() {
        var limit = new IoLimit(8, 0, Optional.of(Bound.UNLIMITED), Optional.empty(), Optional.empty(), Optional.of(Bound.UNLIMITED));
        assertEquals(
                List.of(
                        "cpu/cpu.cfs_quota_us = -1", "memory/memory.limit_in_bytes = -1", "memory/memory.memsw.limit_in_bytes = -1",
                        "pids/pids.max = max", "blkio/blkio.throttle.read_bps_device = 8:0 0",
                        "blkio/blkio.throttle.write_iops_device = 8:0 0", "hugetlb/hugetlb.2MB.limit_in_bytes = -1"),
                create(Limits.of().quota(Bound.UNLIMITED).memory(Bound.UNLIMITED).pids(Bound.UNLIMITED).io(limit)
                        .hugetlb(2 << 20, Bound.UNLIMITED)));
        assertEquals(
                List.of("memory/memory.memsw.limit_in_bytes = -1", "memory/memory.limit_in_bytes = -1"),
                plan(Limits.of().memory(Bound.UNLIMITED), Optional.of(Bound.of(200)), false),
                "who lifts memory lifts what counts it, first");
        assertEquals(Bound.UNLIMITED, Conversions.boundOfBytes("9223372036854771712"));
        assertEquals(Bound.of(4096), Conversions.boundOfBytes("4096"));
    }

    @Test
    void c9_aWeightIsBfqs() {
        assertEquals(List.of("blkio/blkio.bfq.weight = 1000"), create(Limits.of().ioWeight(5000)));
        assertEquals(
                List.of("io weight 5000: the BFQ scheduler's scale ends at 1000"),
                LimitPlan.beyondTheScale(Limits.of().ioWeight(5000).build()));
        assertEquals(List.of(), LimitPlan.beyondTheScale(Limits.of().ioWeight(1000).build()));
    }

    @Test
    void c17_aNetClassIsItsNumber() {
        assertEquals(List.of("net_cls/net_cls.classid = 1048577"), create(Limits.of().netClass(0x100001)));
    }

    @Test
    void hugePagesAreNamedAsTheKernelNamesThem() {
        var table = Map.of(64L << 10, "64KB", 2L << 20, "2MB", 512L << 20, "512MB", 1L << 30, "1GB", 16L << 30, "16GB");
        table.forEach((bytes, name) -> assertEquals(name, Conversions.hugePageSize(bytes)));
    }

    @Test
    void pressureIsALevelOrAStallInMicroseconds() {
        var trigger = new PressureTrigger(
                PressureTrigger.Resource.MEMORY, PressureTrigger.Kind.SOME, Duration.ofMillis(150), Duration.ofSeconds(2));
        assertEquals("some 150000 2000000", Conversions.stallTrigger(trigger));
        assertEquals("medium", Conversions.pressureLevel(PressureTrigger.Kind.SOME));
        assertEquals("critical", Conversions.pressureLevel(PressureTrigger.Kind.FULL));
    }
}

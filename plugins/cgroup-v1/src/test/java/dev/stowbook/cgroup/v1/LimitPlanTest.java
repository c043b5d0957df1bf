package dev.stowbook.cgroup.v1;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stowbook.cgroup.v1.LimitPlan.Write;
import dev.stowbook.spi.cgroup.CgroupLimits.IoLimit;
import dev.stowbook.spi.cgroup.DeviceRule;
import dev.stowbook.testkit.cgroup.Limits;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Beside the test of the same name for v2: the same limits, other files and values. */
class LimitPlanTest {
    private static List<String> create(Limits limits) {
        return plan(limits, OptionalLong.empty(), true);
    }

    private static List<String> plan(Limits limits, OptionalLong memswNow, boolean defaults) {
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
                plan(Limits.of().memory(500).memoryAndSwap(900), OptionalLong.of(200), false));
        assertEquals(
                List.of("memory/memory.limit_in_bytes = 50", "memory/memory.memsw.limit_in_bytes = 60"),
                plan(Limits.of().memory(50).memoryAndSwap(60), OptionalLong.of(200), false));
        assertEquals(
                List.of("memory/memory.limit_in_bytes = 50"),
                plan(Limits.of().memory(50), OptionalLong.of(200), false));
        assertEquals(
                List.of("memory/memory.limit_in_bytes = 100"),
                LimitPlan.of(Limits.of().memory(100).build(), false, OptionalLong.empty(), true).stream()
                        .map(LimitPlanTest::line).toList(),
                "without swap accounting");
        assertEquals(Long.MAX_VALUE, Conversions.defaultMemoryAndSwap(Long.MAX_VALUE - 1));
    }

    @Test
    void c9_eachRateIsAFileOfItsOwn() {
        var limit = new IoLimit(8, 16, OptionalLong.of(1), OptionalLong.of(2), OptionalLong.of(3), OptionalLong.of(4));
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
}

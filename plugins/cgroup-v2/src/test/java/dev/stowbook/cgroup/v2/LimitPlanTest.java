package dev.stowbook.cgroup.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stowbook.cgroup.v2.LimitPlan.Current;
import dev.stowbook.cgroup.v2.LimitPlan.Write;
import dev.stowbook.spi.cgroup.CgroupLimits.IoLimit;
import dev.stowbook.testkit.cgroup.Limits;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Beside the test of the same name for v1: the same limits, other files and values. */
class LimitPlanTest {
    private static List<String> create(Limits limits) {
        return plan(limits, Current.FRESH, true);
    }

    private static List<String> plan(Limits limits, Current now, boolean defaults) {
        return LimitPlan.of(limits.build(), true, now, defaults).stream().map(LimitPlanTest::line).toList();
    }

    private static String line(Write write) {
        return write.key() + " = " + write.value();
    }

    @Test
    void c4_sharesBecomeAWeightOfWhich100IsTheDefault() {
        var table = Map.of(2, 1, 5, 1, 50, 5, 500, 49, 1000, 98, 1024, 100, 2048, 200, 102400, 10000, 262144, 10000);
        table.forEach((shares, weight) ->
                assertEquals(List.of("cpu.weight = " + weight), create(Limits.of().shares(shares)), shares + " shares"));
    }

    @Test
    void c5_quotaAndPeriodAreOneFile() {
        assertEquals(List.of("cpu.max = 200000 100000"), create(Limits.of().quota(200_000)));
        assertEquals(List.of("cpu.max = 200000 50000"), create(Limits.of().quota(200_000).period(50_000)));
        assertEquals(List.of("cpu.max = max 50000"), create(Limits.of().period(50_000)));
        var now = new Current("20000 40000", OptionalLong.empty());
        assertEquals(List.of("cpu.max = 30000 40000"), plan(Limits.of().quota(30_000), now, false), "the period stays");
        assertEquals(List.of("cpu.max = 20000 80000"), plan(Limits.of().period(80_000), now, false), "the quota stays");
    }

    @Test
    void c8_swapIsTheDifference() {
        assertEquals(List.of("memory.max = 100", "memory.swap.max = 100"), create(Limits.of().memory(100)));
        assertEquals(
                List.of("memory.max = 500", "memory.swap.max = 400"), create(Limits.of().memory(500).memoryAndSwap(900)));
        assertEquals(List.of("memory.max = 500", "memory.swap.max = 0"), create(Limits.of().memory(500).memoryAndSwap(500)));
        var now = new Current("max 100000", OptionalLong.of(200));
        assertEquals(
                List.of("memory.max = 50", "memory.swap.max = 150"), plan(Limits.of().memory(50), now, false), "both together stay");
        assertEquals(
                List.of("memory.max = 100"),
                LimitPlan.of(Limits.of().memory(100).build(), false, Current.FRESH, true).stream()
                        .map(LimitPlanTest::line).toList(),
                "without swap accounting");
        assertEquals(Long.MAX_VALUE, Conversions.defaultMemoryAndSwap(Long.MAX_VALUE - 1));
    }

    @Test
    void c9_allRatesOfADeviceAreOneLine() {
        var limit = new IoLimit(8, 16, OptionalLong.of(1), OptionalLong.of(2), OptionalLong.of(3), OptionalLong.of(4));
        assertEquals(List.of("io.max = 8:16 rbps=1 wbps=2 riops=3 wiops=4"), create(Limits.of().io(limit)));
        var one = new IoLimit(8, 0, OptionalLong.empty(), OptionalLong.of(2), OptionalLong.empty(), OptionalLong.empty());
        assertEquals(List.of("io.max = 8:0 wbps=2"), create(Limits.of().io(one)));
    }

    @Test
    void c14_microsecondsBecomeNanoseconds() {
        assertEquals(1_230_000L, Conversions.microsToNanos(1230));
    }
}

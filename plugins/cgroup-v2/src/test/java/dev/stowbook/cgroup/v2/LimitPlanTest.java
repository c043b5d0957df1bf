package dev.stowbook.cgroup.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stowbook.cgroup.v2.LimitPlan.Current;
import dev.stowbook.cgroup.v2.LimitPlan.Write;
import dev.stowbook.spi.cgroup.Bound;
import dev.stowbook.spi.cgroup.CgroupLimits.IoLimit;
import dev.stowbook.spi.cgroup.PressureTrigger;
import dev.stowbook.testkit.cgroup.Limits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Beside the test of the same name for v1: the same limits, other files and values. */
class LimitPlanTest {
    private static final LimitPlan.Has HAS = new LimitPlan.Has(true, true);

    private static List<String> create(Limits limits) {
        return plan(limits, Current.FRESH, true);
    }

    private static List<String> plan(Limits limits, Current now, boolean defaults) {
        return LimitPlan.of(limits.build(), HAS, now, defaults).stream().map(LimitPlanTest::line).toList();
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
        var now = new Current("20000 40000", Bound.UNLIMITED);
        assertEquals(List.of("cpu.max = 30000 40000"), plan(Limits.of().quota(30_000), now, false), "the period stays");
        assertEquals(List.of("cpu.max = 20000 80000"), plan(Limits.of().period(80_000), now, false), "the quota stays");
    }

    @Test
    void c8_swapIsTheDifference() {
        assertEquals(List.of("memory.max = 100", "memory.swap.max = 100"), create(Limits.of().memory(100)));
        assertEquals(
                List.of("memory.max = 500", "memory.swap.max = 400"), create(Limits.of().memory(500).memoryAndSwap(900)));
        assertEquals(List.of("memory.max = 500", "memory.swap.max = 0"), create(Limits.of().memory(500).memoryAndSwap(500)));
        var now = new Current("max 100000", Bound.of(200));
        assertEquals(
                List.of("memory.max = 50", "memory.swap.max = 150"), plan(Limits.of().memory(50), now, false), "both together stay");
        assertEquals(
                List.of("memory.max = 100"),
                LimitPlan.of(Limits.of().memory(100).build(), new LimitPlan.Has(false, true), Current.FRESH, true).stream()
                        .map(LimitPlanTest::line).toList(),
                "without swap accounting");
        assertEquals(Bound.of(Long.MAX_VALUE), Conversions.defaultMemoryAndSwap(Bound.of(Long.MAX_VALUE - 1)));
    }

    @Test
    void c9_allRatesOfADeviceAreOneLine() {
        var limit = new IoLimit(8, 16, Optional.of(Bound.of(1)), Optional.of(Bound.of(2)), Optional.of(Bound.of(3)), Optional.of(Bound.of(4)));
        assertEquals(List.of("io.max = 8:16 rbps=1 wbps=2 riops=3 wiops=4"), create(Limits.of().io(limit)));
        var one = new IoLimit(8, 0, Optional.empty(), Optional.of(Bound.of(2)), Optional.empty(), Optional.empty());
        assertEquals(List.of("io.max = 8:0 wbps=2"), create(Limits.of().io(one)));
    }

    @Test
    void c14_microsecondsBecomeNanoseconds() {
        assertEquals(1_230_000L, Conversions.microsToNanos(1230));
    }

    @Test
    void c5_c6_burstAndMemoryNodesAreFilesOfTheirOwn() {
        assertEquals(
                List.of("cpuset.mems = 0", "cpu.max = 20000 100000", "cpu.max.burst = 5000"),
                create(Limits.of().quota(20_000).burst(5_000).mems("0")));
    }

    @Test
    void c8_memoryHasAFloorAReservationAndAThreshold() {
        assertEquals(
                List.of("memory.min = 10", "memory.low = 20", "memory.high = 30", "memory.oom.group = 1"),
                create(Limits.of().min(10).reservation(20).high(30).oomGroup(true)));
    }

    @Test
    void unlimitedIsMaxEverywhere() {
        var limit = new IoLimit(8, 0, Optional.of(Bound.UNLIMITED), Optional.empty(), Optional.of(Bound.UNLIMITED), Optional.empty());
        assertEquals(
                List.of(
                        "cpu.max = max 100000", "memory.max = max", "memory.swap.max = max", "pids.max = max",
                        "io.max = 8:0 rbps=max riops=max", "hugetlb.2MB.max = max"),
                create(Limits.of().quota(Bound.UNLIMITED).memory(Bound.UNLIMITED).pids(Bound.UNLIMITED).io(limit)
                        .hugetlb(2 << 20, Bound.UNLIMITED)));
        var now = new Current("20000 100000", Bound.of(200));
        assertEquals(
                List.of("memory.max = max", "memory.swap.max = max"),
                plan(Limits.of().memory(Bound.UNLIMITED), now, false),
                "who lifts memory lifts what counts it");
    }

    @Test
    void c9_aWeightIsIoCostsOrBfqs() {
        assertEquals(List.of("io.weight = default 5000"), create(Limits.of().ioWeight(5000)));
        var bfq = new LimitPlan.Has(true, false);
        var limits = Limits.of().ioWeight(5000).build();
        assertEquals(
                List.of("io.bfq.weight = 1000"),
                LimitPlan.of(limits, bfq, Current.FRESH, true).stream().map(LimitPlanTest::line).toList());
        assertEquals(List.of("io weight 5000: the BFQ scheduler's scale ends at 1000"), LimitPlan.beyondTheScale(limits, bfq));
        assertEquals(List.of(), LimitPlan.beyondTheScale(limits, HAS));
    }

    @Test
    void c4_sharesBeyondTheScaleAreTold() {
        assertEquals(
                List.of("cpu shares 262144: the scale of cpu.weight ends at 10000"),
                LimitPlan.beyondTheScale(Limits.of().shares(262144).build(), HAS));
        assertEquals(List.of(), LimitPlan.beyondTheScale(Limits.of().shares(1024).build(), HAS));
    }

    @Test
    void hugePagesAreNamedAsTheKernelNamesThem() {
        var table = Map.of(64L << 10, "64KB", 2L << 20, "2MB", 512L << 20, "512MB", 1L << 30, "1GB", 16L << 30, "16GB");
        table.forEach((bytes, name) -> assertEquals(name, Conversions.hugePageSize(bytes)));
        assertEquals(List.of("hugetlb.1GB.max = 0"), create(Limits.of().hugetlb(1 << 30, Bound.of(0))));
    }

    @Test
    void aStallTriggerIsInMicroseconds() {
        assertEquals("full 150000 2000000", Conversions.stallTrigger(new PressureTrigger(
                PressureTrigger.Resource.IO, PressureTrigger.Kind.FULL, Duration.ofMillis(150), Duration.ofSeconds(2))));
    }
}

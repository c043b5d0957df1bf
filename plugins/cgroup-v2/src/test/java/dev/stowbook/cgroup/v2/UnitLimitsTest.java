package dev.stowbook.cgroup.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stowbook.cgroup.v2.LimitPlan.Write;
import dev.stowbook.linux.systemd.UnitNames;
import dev.stowbook.linux.systemd.UnitProperty;
import dev.stowbook.linux.systemd.UnitProperty.Bits;
import dev.stowbook.linux.systemd.UnitProperty.DeviceNumber;
import dev.stowbook.linux.systemd.UnitProperty.PerDevice;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.testkit.cgroup.Limits;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** From files to units: names and properties. */
class UnitLimitsTest {
    private static final long MAX = UnitProperty.INFINITY;

    private static List<UnitProperty> of(String file, String value) {
        return UnitLimits.of(List.of(new Write(file, value)), 1);
    }

    private static UnitProperty number(String name, long value) {
        return UnitProperty.number(name, value);
    }

    @Test
    void c28_unitsHaveTheInstanceAndTheIdInTheirNamesAndAPathBelowTheSystemSlice() {
        var names = new UnitNames("0123456789ab");
        GroupId container = GroupId.ofContainer("a".repeat(64), "b".repeat(64));
        Path slice = Path.of("system.slice", "system-stowbook_0123456789ab_" + "a".repeat(64) + ".slice");
        assertEquals(slice, names.directory("a".repeat(64), java.util.Optional.empty()));
        assertEquals(slice.resolve("stowbook-0123456789ab-" + "b".repeat(64) + ".scope"), names.directory(container.pod(), container.container()));
        assertEquals("a".repeat(64), names.podOf(slice.getFileName().toString()).orElseThrow());
        assertEquals("b".repeat(64), names.containerOf(names.unit(container.pod(), container.container())).orElseThrow());
        assertEquals(java.util.Optional.empty(), new UnitNames("ba9876543210").podOf(slice.getFileName().toString()), "another instance's");
        assertEquals(java.util.Optional.empty(), names.podOf("system-getty.slice"));
    }

    @Test
    void c23_eachFileHasItsProperty() {
        assertEquals(List.of(number("CPUWeight", 50)), of("cpu.weight", "50"));
        assertEquals(List.of(number("MemoryMax", 1 << 24)), of("memory.max", "16777216"));
        assertEquals(List.of(number("MemoryMax", MAX)), of("memory.max", "max"));
        assertEquals(List.of(number("MemorySwapMax", 0)), of("memory.swap.max", "0"));
        assertEquals(List.of(number("MemoryMin", 5)), of("memory.min", "5"));
        assertEquals(List.of(number("MemoryLow", 5)), of("memory.low", "5"));
        assertEquals(List.of(number("MemoryHigh", MAX)), of("memory.high", "max"));
        assertEquals(List.of(number("TasksMax", 21)), of("pids.max", "20"), "room for the process that keeps the scope");
        assertEquals(List.of(number("TasksMax", MAX)), of("pids.max", "max"));
        assertEquals(List.of(number("IOWeight", 200)), of("io.weight", "default 200"));
        assertEquals(List.of(new UnitProperty("AllowedCPUs", new Bits(List.of((byte) 0b10111, (byte) 1)))), of("cpuset.cpus", "0-2,4,8"));
    }

    @Test
    void aQuotaIsTimeASecondRoundedUpToThePercentThatSystemdKeeps() {
        assertEquals(List.of(number("CPUQuotaPeriodUSec", 100_000), number("CPUQuotaPerSecUSec", 500_000)), of("cpu.max", "50000 100000"));
        assertEquals(List.of(number("CPUQuotaPeriodUSec", 30_000), number("CPUQuotaPerSecUSec", 340_000)), of("cpu.max", "10000 30000"));
        assertEquals(List.of(number("CPUQuotaPeriodUSec", 100_000), number("CPUQuotaPerSecUSec", MAX)), of("cpu.max", "max 100000"));
    }

    @Test
    void c9_ratesOfSeveralDevicesAreOnePropertyEachKind() {
        var plan = List.of(new Write("io.max", "8:0 rbps=1000 wiops=7"), new Write("io.max", "8:16 rbps=max"));
        assertEquals(
                List.of(
                        new UnitProperty("IOReadBandwidthMax", new PerDevice(
                                List.of(new DeviceNumber("/dev/block/8:0", 1000), new DeviceNumber("/dev/block/8:16", MAX)))),
                        new UnitProperty("IOWriteIOPSMax", new PerDevice(List.of(new DeviceNumber("/dev/block/8:0", 7))))),
                UnitLimits.of(plan, 1));
    }

    @Test
    void whatSystemdHasNoPropertyForIsRefusedByName() {
        var missing = UnitLimits.missingFor(Limits.of().quota(50_000).burst(10_000).build());
        assertEquals(1, missing.size());
        assertEquals(true, missing.getFirst().startsWith("systemd has no property for burstMicros"), missing.toString());
        assertEquals(List.of(), UnitLimits.missingFor(Limits.of().quota(50_000).memory(1 << 24).pids(5).build()));
    }
}

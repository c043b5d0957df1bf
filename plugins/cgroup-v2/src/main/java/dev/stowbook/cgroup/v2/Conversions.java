package dev.stowbook.cgroup.v2;

import dev.stowbook.linux.cgroup.DeviceFilter;
import dev.stowbook.spi.cgroup.CgroupLimits.IoLimit;
import dev.stowbook.spi.cgroup.DeviceRule;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** From the SPI's terms to the values v2 files take, one named function each. */
final class Conversions {
    private static final long WEIGHT_MIN = 1;
    private static final long WEIGHT_MAX = 10000;
    private static final long NANOS_PER_MICRO = 1000;

    private Conversions() {}

    /**
     * {@code cpu.weight} of a v1 weight, by the kernel's own rule: 1024 shares are weight 100, in proportion, rounded to the
     * closest, clamped to 1..10000 (kernel/sched/sched.h sched_weight_to_cgroup). It keeps ratios, and a group with v1's default
     * has v2's default. docs/adr/0041 says why not the formulas of other runtimes.
     */
    static String cpuWeight(int shares) {
        long weight = (shares * 100L + 512) / 1024;
        return Long.toString(Math.clamp(weight, WEIGHT_MIN, WEIGHT_MAX));
    }

    /** {@code cpu.max}: {@code quota period}, {@code max} for none (cgroup-v2.rst "cpu.max"). */
    static String cpuMax(OptionalLong quotaMicros, long periodMicros) {
        return (quotaMicros.isPresent() ? Long.toString(quotaMicros.getAsLong()) : "max") + " " + periodMicros;
    }

    /** {@code memory.swap.max} counts swap alone, the SPI memory and swap together (cgroup-v2.rst "memory.swap.max"). */
    static long swapMax(long memoryAndSwapBytes, long memoryBytes) {
        return memoryAndSwapBytes - memoryBytes;
    }

    /** The default of memory and swap together: twice the memory. */
    static long defaultMemoryAndSwap(long memoryBytes) {
        return memoryBytes > Long.MAX_VALUE / 2 ? Long.MAX_VALUE : memoryBytes * 2;
    }

    /** A line of {@code io.max}: {@code major:minor} and what is limited (cgroup-v2.rst "io.max"). */
    static String ioMax(IoLimit limit) {
        var line = new StringBuilder().append(limit.major()).append(':').append(limit.minor());
        limit.readBytesPerSecond().ifPresent(value -> line.append(" rbps=").append(value));
        limit.writeBytesPerSecond().ifPresent(value -> line.append(" wbps=").append(value));
        limit.readsPerSecond().ifPresent(value -> line.append(" riops=").append(value));
        limit.writesPerSecond().ifPresent(value -> line.append(" wiops=").append(value));
        return line.toString();
    }

    /** v2 has no device files: the rules become a BPF program (cgroup-v2.rst "Device controller"). */
    static DeviceFilter deviceFilter(List<DeviceRule> rules) {
        return new DeviceFilter(rules.stream()
                .map(rule -> new DeviceFilter.Rule(rule.allow(), rule.type(), rule.major(), rule.minor(), rule.access()))
                .toList());
    }

    /** A rule as v1 writes it, for people: {@code allow c 1:3 rwm}. */
    static String device(DeviceRule rule) {
        return (rule.allow() ? "allow " : "deny ") + rule.type() + " " + number(rule.major()) + ":" + number(rule.minor()) + " "
                + rule.access();
    }

    private static String number(OptionalInt number) {
        return number.isPresent() ? Integer.toString(number.getAsInt()) : "*";
    }

    /** {@code cpu.stat} counts microseconds. */
    static long microsToNanos(long micros) {
        return micros * NANOS_PER_MICRO;
    }
}

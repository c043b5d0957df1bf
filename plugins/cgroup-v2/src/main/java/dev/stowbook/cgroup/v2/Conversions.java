package dev.stowbook.cgroup.v2;

import dev.stowbook.linux.cgroup.DeviceFilter;
import dev.stowbook.spi.cgroup.Bound;
import dev.stowbook.spi.cgroup.CgroupLimits.IoLimit;
import dev.stowbook.spi.cgroup.DeviceRule;
import dev.stowbook.spi.cgroup.PressureTrigger;
import java.util.List;
import java.util.OptionalInt;

/** From the SPI's terms to the values v2 files take, one named function each. */
final class Conversions {
    private static final long WEIGHT_MIN = 1;
    private static final long WEIGHT_MAX = 10000;
    private static final int BFQ_MAX_WEIGHT = 1000;
    private static final long KIB = 1024;
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

    /** Whether a v1 weight is beyond v2's scale. */
    static boolean beyondWeights(int shares) {
        long weight = (shares * 100L + 512) / 1024;
        return weight != Math.clamp(weight, WEIGHT_MIN, WEIGHT_MAX);
    }

    /** {@code cpu.max}: {@code quota period}, {@code max} for none (cgroup-v2.rst "cpu.max"). */
    static String cpuMax(Bound quotaMicros, long periodMicros) {
        return bound(quotaMicros) + " " + periodMicros;
    }

    /** {@code memory.max}, {@code pids.max} and their like: {@code max} for no limit. */
    static String bound(Bound bound) {
        return bound.text("max");
    }

    /** What such a file holds. */
    static Bound boundOf(String content) {
        return content.equals("max") ? Bound.UNLIMITED : Bound.of(Long.parseLong(content));
    }

    /** {@code memory.swap.max} counts swap alone, the SPI memory and swap together (cgroup-v2.rst "memory.swap.max"). */
    static Bound swapMax(Bound memoryAndSwap, Bound memory) {
        return memoryAndSwap instanceof Bound.Of(long both) && memory instanceof Bound.Of(long bytes)
                ? Bound.of(both - bytes)
                : Bound.UNLIMITED;
    }

    /** Memory and swap together, from {@code memory.max} and {@code memory.swap.max}. */
    static Bound together(Bound memory, Bound swap) {
        return memory instanceof Bound.Of(long bytes) && swap instanceof Bound.Of(long swapBytes)
                ? Bound.of(Math.addExact(bytes, swapBytes))
                : Bound.UNLIMITED;
    }

    /** The default of memory and swap together: twice the memory. */
    static Bound defaultMemoryAndSwap(Bound memory) {
        return switch (memory) {
            case Bound.Of(long bytes) -> Bound.of(bytes > Long.MAX_VALUE / 2 ? Long.MAX_VALUE : bytes * 2);
            case Bound.Unlimited none -> none;
        };
    }

    /** A line of {@code io.max}: {@code major:minor} and what is limited (cgroup-v2.rst "io.max"). */
    static String ioMax(IoLimit limit) {
        var line = new StringBuilder().append(limit.major()).append(':').append(limit.minor());
        limit.readBytesPerSecond().ifPresent(value -> line.append(" rbps=").append(bound(value)));
        limit.writeBytesPerSecond().ifPresent(value -> line.append(" wbps=").append(bound(value)));
        limit.readsPerSecond().ifPresent(value -> line.append(" riops=").append(bound(value)));
        limit.writesPerSecond().ifPresent(value -> line.append(" wiops=").append(bound(value)));
        return line.toString();
    }

    /** {@code io.weight} of all devices: the SPI's scale is v2's own (cgroup-v2.rst "io.weight"). */
    static String ioWeight(int weight) {
        return "default " + weight;
    }

    /** {@code io.bfq.weight} ends at 1000, the default being 100 on both scales (bfq-iosched.rst). */
    static int bfqWeight(int weight) {
        return Math.min(weight, BFQ_MAX_WEIGHT);
    }

    /** The name of a size of huge pages in file names: {@code 64KB}, {@code 2MB}, {@code 1GB} (mm/hugetlb_cgroup.c mem_fmt). */
    static String hugePageSize(long bytes) {
        if (bytes >= KIB * KIB * KIB) {
            return bytes / (KIB * KIB * KIB) + "GB";
        }
        return bytes >= KIB * KIB ? bytes / (KIB * KIB) + "MB" : bytes / KIB + "KB";
    }

    /** A trigger for a {@code *.pressure} file: kind, stall and window in microseconds (psi.rst). */
    static String stallTrigger(PressureTrigger trigger) {
        String kind = switch (trigger.kind()) {
            case SOME -> "some";
            case FULL -> "full";
        };
        return kind + " " + trigger.stall().toNanos() / 1000 + " " + trigger.window().toNanos() / 1000;
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

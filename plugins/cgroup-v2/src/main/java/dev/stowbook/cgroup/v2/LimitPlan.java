package dev.stowbook.cgroup.v2;

import dev.stowbook.spi.cgroup.CgroupLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Which values go into which files, in an order the kernel accepts. Pure. */
final class LimitPlan {
    static final String LIMIT = "memory.max";
    static final String SWAP = "memory.swap.max";
    static final String CPU_MAX = "cpu.max";
    private static final long DEFAULT_PERIOD_MICROS = 100_000;

    /**
     * One write.
     *
     * @param file in the group's directory
     * @param value the bytes
     */
    record Write(String file, String value) {
        /** How {@link dev.stowbook.spi.cgroup.AppliedLimits} names the file. */
        String key() {
            return file;
        }
    }

    /**
     * What a group's files hold before.
     *
     * @param cpuMax content of {@code cpu.max}
     * @param memoryAndSwapBytes {@code memory.max} and {@code memory.swap.max} together; empty if either is {@code max}
     */
    record Current(String cpuMax, OptionalLong memoryAndSwapBytes) {
        /** A new group. */
        static final Current FRESH = new Current("max " + DEFAULT_PERIOD_MICROS, OptionalLong.empty());
    }

    private LimitPlan() {}

    /**
     * The writes for a group.
     *
     * @param limits what is asked for
     * @param swapAccounting whether the kernel has {@code memory.swap.max}
     * @param now what the files hold
     * @param defaults whether a field that is empty gets its default, as at creation, or stays as it is
     */
    static List<Write> of(CgroupLimits limits, boolean swapAccounting, Current now, boolean defaults) {
        var writes = new ArrayList<Write>();
        limits.cpusetCpus().ifPresent(list -> writes.add(new Write("cpuset.cpus", list)));
        limits.cpuShares().ifPresent(shares -> writes.add(new Write("cpu.weight", Conversions.cpuWeight(shares))));
        if (limits.cpuPeriodMicros().isPresent() || limits.cpuQuotaMicros().isPresent()) {
            writes.add(new Write(CPU_MAX, cpuMax(limits, now.cpuMax())));
        }
        // One limit each for memory and swap: unlike v1's memsw neither bounds the other, so the order does not matter.
        limits.memoryBytes().ifPresent(bytes -> writes.add(new Write(LIMIT, Long.toString(bytes))));
        if (limits.memoryBytes().isPresent() && swapAccounting) {
            long memory = limits.memoryBytes().getAsLong();
            writes.add(new Write(SWAP, Long.toString(Conversions.swapMax(memoryAndSwap(limits, now, defaults), memory))));
        }
        limits.pids().ifPresent(most -> writes.add(new Write("pids.max", Long.toString(most))));
        limits.io().forEach(limit -> writes.add(new Write("io.max", Conversions.ioMax(limit))));
        return writes;
    }

    /** Memory and swap together after the change: as asked, else as it was, else twice the memory. */
    static long memoryAndSwap(CgroupLimits limits, Current now, boolean defaults) {
        long twice = Conversions.defaultMemoryAndSwap(limits.memoryBytes().orElse(0));
        return limits.memoryAndSwapBytes().orElse(defaults ? twice : now.memoryAndSwapBytes().orElse(twice));
    }

    private static String cpuMax(CgroupLimits limits, String now) {
        String[] words = now.split(" ");
        OptionalLong quotaNow = words[0].equals("max") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(words[0]));
        OptionalLong quota = limits.cpuQuotaMicros().isPresent() ? limits.cpuQuotaMicros() : quotaNow;
        return Conversions.cpuMax(quota, limits.cpuPeriodMicros().orElse(Long.parseLong(words[1])));
    }
}

package dev.stowbook.spi.cgroup;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedSet;

/**
 * Which values a {@link CgroupLimits} may hold, as a table. Drivers ask it before the first write; whoever decides may ask it
 * earlier. Pure.
 */
public final class LimitLegality {

    /**
     * One row: a field, its smallest and largest legal value, and where the kernel says so.
     *
     * @param field name of the field of {@link CgroupLimits}
     * @param least smallest legal value
     * @param most largest legal value
     * @param source in the kernel's tree
     */
    public record Range(String field, long least, long most, String source) {
        /** The sentence about a value out of range; empty if it is legal. */
        List<String> violations(OptionalLong value) {
            if (value.isEmpty() || (value.getAsLong() >= least && value.getAsLong() <= most)) {
                return List.of();
            }
            String upper = most == Long.MAX_VALUE ? "at least " + least : least + " to " + most;
            return List.of(field + " is " + value.getAsLong() + ", must be " + upper + " (" + source + ")");
        }
    }

    /** kernel/sched/sched.h MIN_SHARES and MAX_SHARES. */
    public static final Range CPU_SHARES = new Range("cpuShares", 2, 262144, "sched.h MIN_SHARES, MAX_SHARES");
    /** kernel/sched/core.c min_cfs_quota_period (1 ms) and max_cfs_quota_period (1 s). */
    public static final Range CPU_PERIOD = new Range("cpuPeriodMicros", 1000, 1000000, "sched-bwc.rst");
    /** kernel/sched/core.c min_cfs_quota_period; the upper bound is max_bw_runtime_us, 2^44 - 1 ns before scaling. */
    public static final Range CPU_QUOTA = new Range("cpuQuotaMicros", 1000, (1L << 44) / 1000, "sched-bwc.rst");
    /** One page: the kernel rounds down to pages, and a limit of none can hold no process. */
    public static final Range MEMORY = new Range("memoryBytes", 4096, Long.MAX_VALUE, "page_counter.h");
    /** As {@link #MEMORY}. */
    public static final Range MEMORY_AND_SWAP = new Range("memoryAndSwapBytes", 4096, Long.MAX_VALUE, "page_counter.h");
    /** kernel/cgroup/pids.c PIDS_MAX is one more than PID_MAX_LIMIT, 4 Mi; 0 would let nothing start. */
    public static final Range PIDS = new Range("pids", 1, 4194304, "pids.rst");

    private static final Range RATE = new Range("io rate", 1, Long.MAX_VALUE, "blkio-controller.rst");

    private LimitLegality() {}

    /**
     * One sentence for each value that is out of range or contradicts another; empty if all are legal.
     *
     * @param limits what is asked for
     * @param onlineCpus the host's processors
     */
    public static List<String> violations(CgroupLimits limits, SortedSet<Integer> onlineCpus) {
        var found = new ArrayList<String>();
        found.addAll(CPU_SHARES.violations(
                limits.cpuShares().isPresent() ? OptionalLong.of(limits.cpuShares().getAsInt()) : OptionalLong.empty()));
        found.addAll(CPU_PERIOD.violations(limits.cpuPeriodMicros()));
        found.addAll(CPU_QUOTA.violations(limits.cpuQuotaMicros()));
        found.addAll(MEMORY.violations(limits.memoryBytes()));
        found.addAll(MEMORY_AND_SWAP.violations(limits.memoryAndSwapBytes()));
        found.addAll(PIDS.violations(limits.pids()));
        limits.cpusetCpus().ifPresent(list -> found.addAll(cpuListViolations(list, onlineCpus)));
        if (limits.memoryBytes().isPresent()
                && limits.memoryAndSwapBytes().isPresent()
                && limits.memoryAndSwapBytes().getAsLong() < limits.memoryBytes().getAsLong()) {
            found.add("memoryAndSwapBytes is " + limits.memoryAndSwapBytes().getAsLong() + ", must be at least memoryBytes, "
                    + limits.memoryBytes().getAsLong() + ": it counts memory and swap together");
        }
        limits.io().forEach(limit -> found.addAll(ioViolations(limit)));
        limits.devices().forEach(rule -> found.addAll(deviceViolations(rule)));
        return found;
    }

    private static List<String> cpuListViolations(String list, SortedSet<Integer> onlineCpus) {
        var cpus = CpuList.parse(list);
        if (cpus.isEmpty()) {
            return List.of("cpusetCpus is \"" + list + "\", must be a list such as 0-2,4 (cpuset(7))");
        }
        if (!onlineCpus.containsAll(cpus.get())) {
            return List.of("cpusetCpus is \"" + list + "\", but this host's online processors are " + onlineCpus);
        }
        return List.of();
    }

    private static List<String> ioViolations(CgroupLimits.IoLimit limit) {
        var found = new ArrayList<String>();
        if (limit.major() < 0 || limit.minor() < 0) {
            found.add("io device " + limit.major() + ":" + limit.minor() + " is not a device number");
        }
        found.addAll(RATE.violations(limit.readBytesPerSecond()));
        found.addAll(RATE.violations(limit.writeBytesPerSecond()));
        found.addAll(RATE.violations(limit.readsPerSecond()));
        found.addAll(RATE.violations(limit.writesPerSecond()));
        return found;
    }

    private static List<String> deviceViolations(DeviceRule rule) {
        boolean type = rule.type() == 'a' || rule.type() == 'b' || rule.type() == 'c';
        boolean access = rule.access().matches("[rwm]{1,3}");
        return type && access
                ? List.of()
                : List.of("device rule " + rule + ": type must be a, b or c and access some of rwm (devices.rst)");
    }
}

package dev.stowbook.spi.cgroup;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
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
    public static final Range CPU_SHARES = new Range("cpu shares", 2, 262144, "sched.h MIN_SHARES, MAX_SHARES");
    /** kernel/sched/core.c min_cfs_quota_period (1 ms) and max_cfs_quota_period (1 s). */
    public static final Range CPU_PERIOD = new Range("cpu periodMicros", 1000, 1000000, "sched-bwc.rst");
    /** kernel/sched/core.c min_cfs_quota_period; the upper bound is max_bw_runtime_us, 2^44 - 1 ns before scaling. */
    public static final Range CPU_QUOTA = new Range("cpu quotaMicros", 1000, (1L << 44) / 1000, "sched-bwc.rst");
    /** At most the quota, which is looked at when both are known. */
    public static final Range CPU_BURST = new Range("cpu burstMicros", 0, (1L << 44) / 1000, "sched-bwc.rst");
    /** One page: the kernel rounds down to pages, and a limit of none can hold no process. */
    public static final Range MEMORY = new Range("memory limitBytes", 4096, Long.MAX_VALUE, "page_counter.h");
    /** As {@link #MEMORY}. */
    public static final Range MEMORY_AND_SWAP = new Range("memory limitAndSwapBytes", 4096, Long.MAX_VALUE, "page_counter.h");
    /** 0 reserves nothing. */
    public static final Range RESERVATION = new Range("memory reservationBytes", 0, Long.MAX_VALUE, "cgroup-v2.rst memory.low");
    /** 0 guarantees nothing. */
    public static final Range MIN = new Range("memory minBytes", 0, Long.MAX_VALUE, "cgroup-v2.rst memory.min");
    /** A group that is slowed from its first page on would never start. */
    public static final Range HIGH = new Range("memory highBytes", 4096, Long.MAX_VALUE, "cgroup-v2.rst memory.high");
    /** mm/memcontrol-v1.c MAX_SWAPPINESS, since Linux 5.8. */
    public static final Range SWAPPINESS = new Range("memory swappiness", 0, 200, "memcontrol-v1.c MAX_SWAPPINESS");
    /** kernel/cgroup/pids.c PIDS_MAX is one more than PID_MAX_LIMIT, 4 Mi; 0 would let nothing start. */
    public static final Range PIDS = new Range("pids", 1, 4194304, "pids.rst");
    /** include/linux/cgroup.h CGROUP_WEIGHT_MIN and MAX. */
    public static final Range IO_WEIGHT = new Range("io weight", 1, 10000, "cgroup-v2.rst io.weight");
    /** Rates of one device. */
    public static final Range RATE = new Range("io rate", 1, Long.MAX_VALUE, "blkio-controller.rst");
    /** Huge pages may be forbidden altogether. */
    public static final Range HUGETLB = new Range("hugetlb bytes", 0, Long.MAX_VALUE, "hugetlb.rst");
    /** 32 bits. */
    public static final Range NET_CLASS = new Range("netClass", 0, 0xffffffffL, "net_cls.rst");
    /** kernel/sched/psi.c WINDOW_MIN_US and WINDOW_MAX_US. */
    public static final Range PRESSURE_WINDOW = new Range("pressure window, in microseconds,", 500_000, 10_000_000, "psi.rst");

    private LimitLegality() {}

    /**
     * One sentence for each value that is out of range or contradicts another; empty if all are legal.
     *
     * @param limits what is asked for
     * @param onlineCpus the host's processors
     * @param onlineNodes the host's memory nodes
     */
    public static List<String> violations(
            CgroupLimits limits, SortedSet<Integer> onlineCpus, SortedSet<Integer> onlineNodes) {
        var found = new ArrayList<String>();
        cpu(limits.cpu(), onlineCpus, onlineNodes, found);
        memory(limits.memory(), found);
        found.addAll(PIDS.violations(value(limits.pids())));
        found.addAll(IO_WEIGHT.violations(value(limits.io().weight())));
        limits.io().devices().forEach(limit -> found.addAll(ioViolations(limit)));
        limits.hugetlb().forEach((page, bound) -> found.addAll(HUGETLB.violations(bound.number())));
        found.addAll(NET_CLASS.violations(limits.netClass()));
        limits.devices().forEach(rule -> found.addAll(deviceViolations(rule)));
        return found;
    }

    /** One sentence for each trigger that the kernel would not take. */
    public static List<String> violations(List<PressureTrigger> triggers) {
        var found = new ArrayList<String>();
        for (PressureTrigger trigger : triggers) {
            found.addAll(PRESSURE_WINDOW.violations(OptionalLong.of(trigger.window().toNanos() / 1000)));
            if (trigger.stall().toNanos() < 1000 || trigger.stall().compareTo(trigger.window()) > 0) {
                found.add("pressure stall is " + trigger.stall() + ", must be more than 0 and at most its window, " + trigger.window()
                        + " (psi.rst)");
            }
        }
        return found;
    }

    private static OptionalLong value(Optional<Bound> bound) {
        return bound.map(Bound::number).orElse(OptionalLong.empty());
    }

    private static OptionalLong value(OptionalInt number) {
        return number.isPresent() ? OptionalLong.of(number.getAsInt()) : OptionalLong.empty();
    }

    private static void cpu(CgroupLimits.Cpu cpu, SortedSet<Integer> cpus, SortedSet<Integer> nodes, List<String> found) {
        found.addAll(CPU_SHARES.violations(value(cpu.shares())));
        found.addAll(CPU_PERIOD.violations(cpu.periodMicros()));
        found.addAll(CPU_QUOTA.violations(value(cpu.quotaMicros())));
        found.addAll(CPU_BURST.violations(cpu.burstMicros()));
        OptionalLong quota = value(cpu.quotaMicros());
        if (quota.isPresent() && cpu.burstMicros().orElse(0) > quota.getAsLong()) {
            found.add("cpu burstMicros is " + cpu.burstMicros().getAsLong() + ", must be at most quotaMicros, " + quota.getAsLong()
                    + " (sched-bwc.rst)");
        }
        cpu.cpus().ifPresent(list -> found.addAll(listViolations("cpus", list, "processors", cpus)));
        cpu.mems().ifPresent(list -> found.addAll(listViolations("mems", list, "memory nodes", nodes)));
    }

    private static void memory(CgroupLimits.Memory memory, List<String> found) {
        found.addAll(MEMORY.violations(value(memory.limitBytes())));
        found.addAll(MEMORY_AND_SWAP.violations(value(memory.limitAndSwapBytes())));
        found.addAll(RESERVATION.violations(memory.reservationBytes()));
        found.addAll(MIN.violations(memory.minBytes()));
        found.addAll(HIGH.violations(value(memory.highBytes())));
        found.addAll(SWAPPINESS.violations(value(memory.swappiness())));
        if (memory.limitBytes().isEmpty()) {
            return;
        }
        Bound limit = memory.limitBytes().get();
        if (memory.limitAndSwapBytes().isPresent() && memory.limitAndSwapBytes().get().compareTo(limit) < 0) {
            found.add("memory limitAndSwapBytes is " + memory.limitAndSwapBytes().get().text("unlimited")
                    + ", must be at least limitBytes, " + limit.text("unlimited") + ": it counts memory and swap together");
        }
        if (Bound.of(memory.reservationBytes().orElse(0)).compareTo(limit) > 0) {
            found.add("memory reservationBytes is " + memory.reservationBytes().getAsLong() + ", must be at most limitBytes, "
                    + limit.text("unlimited"));
        }
        if (Bound.of(memory.minBytes().orElse(0)).compareTo(limit) > 0) {
            found.add("memory minBytes is " + memory.minBytes().getAsLong() + ", must be at most limitBytes, " + limit.text("unlimited"));
        }
    }

    private static List<String> listViolations(String field, String list, String what, SortedSet<Integer> online) {
        var numbers = CpuList.parse(list);
        if (numbers.isEmpty()) {
            return List.of(field + " is \"" + list + "\", must be a list such as 0-2,4 (cpuset(7))");
        }
        if (!online.containsAll(numbers.get())) {
            return List.of(field + " is \"" + list + "\", but this host's online " + what + " are " + online);
        }
        return List.of();
    }

    private static List<String> ioViolations(CgroupLimits.IoLimit limit) {
        var found = new ArrayList<String>();
        if (limit.major() < 0 || limit.minor() < 0) {
            found.add("io device " + limit.major() + ":" + limit.minor() + " is not a device number");
        }
        found.addAll(RATE.violations(value(limit.readBytesPerSecond())));
        found.addAll(RATE.violations(value(limit.writeBytesPerSecond())));
        found.addAll(RATE.violations(value(limit.readsPerSecond())));
        found.addAll(RATE.violations(value(limit.writesPerSecond())));
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

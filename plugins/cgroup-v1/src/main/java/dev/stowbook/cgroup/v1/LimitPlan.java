package dev.stowbook.cgroup.v1;

import dev.stowbook.spi.cgroup.Bound;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CgroupLimits.IoLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which values go into which files, in an order the kernel accepts. Pure. */
final class LimitPlan {
    static final String LIMIT = "memory.limit_in_bytes";
    static final String MEMSW = "memory.memsw.limit_in_bytes";
    static final String PIDS = "pids.max";
    static final String PERIOD = "cpu.cfs_period_us";
    static final String QUOTA = "cpu.cfs_quota_us";

    /**
     * One write.
     *
     * @param controller whose hierarchy
     * @param file in the group's directory
     * @param value the bytes
     */
    record Write(String controller, String file, String value) {
        /** How {@link dev.stowbook.spi.cgroup.AppliedLimits} names the file. */
        String key() {
            return controller + "/" + file;
        }
    }

    private LimitPlan() {}

    /**
     * The writes for a group.
     *
     * @param limits what is asked for
     * @param swapAccounting whether the kernel has the memsw files
     * @param memoryAndSwapNow what memsw holds; empty for a new group, where it is unlimited
     * @param defaults whether a field that is empty gets its default, as at creation, or stays as it is
     */
    static List<Write> of(CgroupLimits limits, boolean swapAccounting, Optional<Bound> memoryAndSwapNow, boolean defaults) {
        var writes = new ArrayList<Write>();
        cpu(limits.cpu(), writes);
        writes.addAll(memorySizes(limits.memory(), swapAccounting, memoryAndSwapNow, defaults));
        memory(limits.memory(), writes);
        limits.pids().ifPresent(most -> writes.add(new Write("pids", PIDS, Conversions.pids(most))));
        limits.io().weight().ifPresent(weight ->
                writes.add(new Write("blkio", "blkio.bfq.weight", Integer.toString(Conversions.bfqWeight(weight)))));
        limits.io().devices().forEach(limit -> io(limit, writes));
        limits.hugetlb().forEach((page, bound) -> writes.add(new Write(
                "hugetlb", "hugetlb." + Conversions.hugePageSize(page) + ".limit_in_bytes", Conversions.bytes(bound))));
        limits.netClass().ifPresent(id -> writes.add(new Write("net_cls", "net_cls.classid", Long.toString(id))));
        if (!limits.devices().isEmpty()) {
            writes.add(new Write("devices", "devices.deny", "a"));
            limits.devices().forEach(rule -> writes.add(new Write(
                    "devices", rule.allow() ? "devices.allow" : "devices.deny", Conversions.device(rule))));
        }
        return writes;
    }

    private static void cpu(CgroupLimits.Cpu cpu, List<Write> writes) {
        // cpuset first: a cpuset without processors takes no task.
        cpu.cpus().ifPresent(list -> writes.add(new Write("cpuset", "cpuset.cpus", list)));
        cpu.mems().ifPresent(list -> writes.add(new Write("cpuset", "cpuset.mems", list)));
        cpu.shares().ifPresent(shares -> writes.add(new Write("cpu", "cpu.shares", Conversions.cpuShares(shares))));
        cpu.periodMicros().ifPresent(p -> writes.add(new Write("cpu", PERIOD, Long.toString(p))));
        cpu.quotaMicros().ifPresent(q -> writes.add(new Write("cpu", QUOTA, Conversions.cpuQuota(q))));
        cpu.burstMicros().ifPresent(b -> writes.add(new Write("cpu", "cpu.cfs_burst_us", Long.toString(b))));
    }

    private static void memory(CgroupLimits.Memory memory, List<Write> writes) {
        memory.reservationBytes().ifPresent(bytes ->
                writes.add(new Write("memory", "memory.soft_limit_in_bytes", Conversions.softLimit(bytes))));
        memory.swappiness().ifPresent(value -> writes.add(new Write("memory", "memory.swappiness", Integer.toString(value))));
    }

    /** The kernel keeps limit &le; memsw at every moment: when raising, memsw goes first; when lowering, the limit. */
    private static List<Write> memorySizes(
            CgroupLimits.Memory memory, boolean swapAccounting, Optional<Bound> memoryAndSwapNow, boolean defaults) {
        var writes = new ArrayList<Write>();
        memory.limitBytes().ifPresent(bytes -> writes.add(new Write("memory", LIMIT, Conversions.bytes(bytes))));
        Optional<Bound> memsw = memory.limitAndSwapBytes();
        boolean lifted = memory.limitBytes().equals(Optional.of(Bound.UNLIMITED));
        if (memsw.isEmpty() && memory.limitBytes().isPresent() && (defaults || lifted)) {
            memsw = Optional.of(Conversions.defaultMemoryAndSwap(memory.limitBytes().get()));
        }
        if (memsw.isPresent() && swapAccounting) {
            boolean raising = memoryAndSwapNow.isPresent() && memsw.get().compareTo(memoryAndSwapNow.get()) > 0;
            writes.add(raising ? 0 : writes.size(), new Write("memory", MEMSW, Conversions.bytes(memsw.get())));
        }
        return writes;
    }

    private static void io(IoLimit limit, List<Write> writes) {
        limit.readBytesPerSecond().ifPresent(v -> writes.add(throttle("read_bps", limit, v)));
        limit.writeBytesPerSecond().ifPresent(v -> writes.add(throttle("write_bps", limit, v)));
        limit.readsPerSecond().ifPresent(v -> writes.add(throttle("read_iops", limit, v)));
        limit.writesPerSecond().ifPresent(v -> writes.add(throttle("write_iops", limit, v)));
    }

    private static Write throttle(String kind, IoLimit limit, Bound value) {
        return new Write("blkio", "blkio.throttle." + kind + "_device", Conversions.throttle(limit, value));
    }

    /** What of the limits v1 has in another measure than was asked for. */
    static List<String> beyondTheScale(CgroupLimits limits) {
        if (limits.io().weight().isPresent()) {
            int weight = limits.io().weight().getAsInt();
            int most = Conversions.bfqWeight(weight);
            return most == weight ? List.of() : List.of("io weight " + weight + ": the BFQ scheduler's scale ends at " + most);
        }
        return List.of();
    }
}

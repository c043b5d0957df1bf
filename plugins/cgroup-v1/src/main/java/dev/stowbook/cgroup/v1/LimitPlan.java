package dev.stowbook.cgroup.v1;

import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CgroupLimits.IoLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Which values go into which files, in an order the kernel accepts. Pure. */
final class LimitPlan {
    static final String LIMIT = "memory.limit_in_bytes";
    static final String MEMSW = "memory.memsw.limit_in_bytes";

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
    static List<Write> of(CgroupLimits limits, boolean swapAccounting, OptionalLong memoryAndSwapNow, boolean defaults) {
        var writes = new ArrayList<Write>();
        // cpuset first: a cpuset without processors takes no task.
        limits.cpusetCpus().ifPresent(list -> writes.add(new Write("cpuset", "cpuset.cpus", list)));
        limits.cpuShares().ifPresent(shares -> writes.add(new Write("cpu", "cpu.shares", Conversions.cpuShares(shares))));
        limits.cpuPeriodMicros().ifPresent(p -> writes.add(new Write("cpu", "cpu.cfs_period_us", Long.toString(p))));
        limits.cpuQuotaMicros().ifPresent(q -> writes.add(new Write("cpu", "cpu.cfs_quota_us", Long.toString(q))));
        writes.addAll(memory(limits, swapAccounting, memoryAndSwapNow, defaults));
        limits.pids().ifPresent(most -> writes.add(new Write("pids", "pids.max", Long.toString(most))));
        limits.io().forEach(limit -> writes.addAll(io(limit)));
        if (!limits.devices().isEmpty()) {
            writes.add(new Write("devices", "devices.deny", "a"));
            limits.devices().forEach(rule -> writes.add(new Write(
                    "devices", rule.allow() ? "devices.allow" : "devices.deny", Conversions.device(rule))));
        }
        return writes;
    }

    /** The kernel keeps limit &le; memsw at every moment: when raising, memsw goes first; when lowering, the limit. */
    private static List<Write> memory(
            CgroupLimits limits, boolean swapAccounting, OptionalLong memoryAndSwapNow, boolean defaults) {
        var writes = new ArrayList<Write>();
        limits.memoryBytes().ifPresent(bytes -> writes.add(new Write("memory", LIMIT, Long.toString(bytes))));
        OptionalLong memsw = limits.memoryAndSwapBytes();
        if (memsw.isEmpty() && limits.memoryBytes().isPresent() && defaults) {
            memsw = OptionalLong.of(Conversions.defaultMemoryAndSwap(limits.memoryBytes().getAsLong()));
        }
        if (memsw.isPresent() && swapAccounting) {
            boolean raising = memoryAndSwapNow.isPresent() && memsw.getAsLong() > memoryAndSwapNow.getAsLong();
            writes.add(raising ? 0 : writes.size(), new Write("memory", MEMSW, Conversions.memoryAndSwap(memsw.getAsLong())));
        }
        return writes;
    }

    private static List<Write> io(IoLimit limit) {
        var writes = new ArrayList<Write>();
        limit.readBytesPerSecond().ifPresent(v -> writes.add(throttle("read_bps", limit, v)));
        limit.writeBytesPerSecond().ifPresent(v -> writes.add(throttle("write_bps", limit, v)));
        limit.readsPerSecond().ifPresent(v -> writes.add(throttle("read_iops", limit, v)));
        limit.writesPerSecond().ifPresent(v -> writes.add(throttle("write_iops", limit, v)));
        return writes;
    }

    private static Write throttle(String kind, IoLimit limit, long value) {
        return new Write("blkio", "blkio.throttle." + kind + "_device", Conversions.throttle(limit, value));
    }
}

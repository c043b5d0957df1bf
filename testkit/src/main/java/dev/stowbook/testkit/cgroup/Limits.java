package dev.stowbook.testkit.cgroup;

import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CgroupLimits.IoLimit;
import dev.stowbook.spi.cgroup.DeviceRule;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Writes limits in tests: {@code Limits.of().memory(1 << 20).pids(5).build()}. */
public final class Limits {
    private CgroupLimits limits = CgroupLimits.none();

    private Limits() {}

    /** No limit yet. */
    public static Limits of() {
        return new Limits();
    }

    /** The limits so far. */
    public CgroupLimits build() {
        return limits;
    }

    private Limits with(
            OptionalInt shares, OptionalLong period, OptionalLong quota, Optional<String> cpus, OptionalLong memory,
            OptionalLong memsw, OptionalLong pids, List<IoLimit> io, List<DeviceRule> devices) {
        limits = new CgroupLimits(shares, period, quota, cpus, memory, memsw, pids, io, devices);
        return this;
    }

    /** See the field of {@link CgroupLimits}. */
    public Limits shares(int shares) {
        var l = limits;
        return with(OptionalInt.of(shares), l.cpuPeriodMicros(), l.cpuQuotaMicros(), l.cpusetCpus(), l.memoryBytes(),
                l.memoryAndSwapBytes(), l.pids(), l.io(), l.devices());
    }

    /** See the field of {@link CgroupLimits}. */
    public Limits period(long micros) {
        var l = limits;
        return with(l.cpuShares(), OptionalLong.of(micros), l.cpuQuotaMicros(), l.cpusetCpus(), l.memoryBytes(),
                l.memoryAndSwapBytes(), l.pids(), l.io(), l.devices());
    }

    /** See the field of {@link CgroupLimits}. */
    public Limits quota(long micros) {
        var l = limits;
        return with(l.cpuShares(), l.cpuPeriodMicros(), OptionalLong.of(micros), l.cpusetCpus(), l.memoryBytes(),
                l.memoryAndSwapBytes(), l.pids(), l.io(), l.devices());
    }

    /** See the field of {@link CgroupLimits}. */
    public Limits cpus(String list) {
        var l = limits;
        return with(l.cpuShares(), l.cpuPeriodMicros(), l.cpuQuotaMicros(), Optional.of(list), l.memoryBytes(),
                l.memoryAndSwapBytes(), l.pids(), l.io(), l.devices());
    }

    /** See the field of {@link CgroupLimits}. */
    public Limits memory(long bytes) {
        var l = limits;
        return with(l.cpuShares(), l.cpuPeriodMicros(), l.cpuQuotaMicros(), l.cpusetCpus(), OptionalLong.of(bytes),
                l.memoryAndSwapBytes(), l.pids(), l.io(), l.devices());
    }

    /** See the field of {@link CgroupLimits}. */
    public Limits memoryAndSwap(long bytes) {
        var l = limits;
        return with(l.cpuShares(), l.cpuPeriodMicros(), l.cpuQuotaMicros(), l.cpusetCpus(), l.memoryBytes(),
                OptionalLong.of(bytes), l.pids(), l.io(), l.devices());
    }

    /** See the field of {@link CgroupLimits}. */
    public Limits pids(long most) {
        var l = limits;
        return with(l.cpuShares(), l.cpuPeriodMicros(), l.cpuQuotaMicros(), l.cpusetCpus(), l.memoryBytes(),
                l.memoryAndSwapBytes(), OptionalLong.of(most), l.io(), l.devices());
    }

    /** See the field of {@link CgroupLimits}. */
    public Limits io(IoLimit... io) {
        var l = limits;
        return with(l.cpuShares(), l.cpuPeriodMicros(), l.cpuQuotaMicros(), l.cpusetCpus(), l.memoryBytes(),
                l.memoryAndSwapBytes(), l.pids(), List.of(io), l.devices());
    }

    /** See the field of {@link CgroupLimits}. */
    public Limits devices(DeviceRule... devices) {
        var l = limits;
        return with(l.cpuShares(), l.cpuPeriodMicros(), l.cpuQuotaMicros(), l.cpusetCpus(), l.memoryBytes(),
                l.memoryAndSwapBytes(), l.pids(), l.io(), List.of(devices));
    }
}

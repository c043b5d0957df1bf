package dev.stowbook.testkit.cgroup;

import dev.stowbook.spi.cgroup.Bound;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CgroupLimits.IoLimit;
import dev.stowbook.spi.cgroup.DeviceRule;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

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

    private Limits cpu(UnaryOperator<CgroupLimits.Cpu> change) {
        var l = limits;
        limits = new CgroupLimits(change.apply(l.cpu()), l.memory(), l.io(), l.pids(), l.hugetlb(), l.netClass(), l.devices());
        return this;
    }

    private Limits memory(UnaryOperator<CgroupLimits.Memory> change) {
        var l = limits;
        limits = new CgroupLimits(l.cpu(), change.apply(l.memory()), l.io(), l.pids(), l.hugetlb(), l.netClass(), l.devices());
        return this;
    }

    private Limits io(UnaryOperator<CgroupLimits.Io> change) {
        var l = limits;
        limits = new CgroupLimits(l.cpu(), l.memory(), change.apply(l.io()), l.pids(), l.hugetlb(), l.netClass(), l.devices());
        return this;
    }

    /** See {@link CgroupLimits.Cpu}. */
    public Limits shares(int shares) {
        return cpu(c -> new CgroupLimits.Cpu(
                OptionalInt.of(shares), c.periodMicros(), c.quotaMicros(), c.burstMicros(), c.cpus(), c.mems()));
    }

    /** See {@link CgroupLimits.Cpu}. */
    public Limits period(long micros) {
        return cpu(c -> new CgroupLimits.Cpu(
                c.shares(), OptionalLong.of(micros), c.quotaMicros(), c.burstMicros(), c.cpus(), c.mems()));
    }

    /** See {@link CgroupLimits.Cpu}. */
    public Limits quota(long micros) {
        return cpu(c -> new CgroupLimits.Cpu(
                c.shares(), c.periodMicros(), Optional.of(Bound.of(micros)), c.burstMicros(), c.cpus(), c.mems()));
    }

    /** See {@link CgroupLimits.Cpu}. */
    public Limits quota(Bound micros) {
        return cpu(c -> new CgroupLimits.Cpu(
                c.shares(), c.periodMicros(), Optional.of(micros), c.burstMicros(), c.cpus(), c.mems()));
    }

    /** See {@link CgroupLimits.Cpu}. */
    public Limits burst(long micros) {
        return cpu(c -> new CgroupLimits.Cpu(
                c.shares(), c.periodMicros(), c.quotaMicros(), OptionalLong.of(micros), c.cpus(), c.mems()));
    }

    /** See {@link CgroupLimits.Cpu}. */
    public Limits cpus(String list) {
        return cpu(c -> new CgroupLimits.Cpu(
                c.shares(), c.periodMicros(), c.quotaMicros(), c.burstMicros(), Optional.of(list), c.mems()));
    }

    /** See {@link CgroupLimits.Cpu}. */
    public Limits mems(String list) {
        return cpu(c -> new CgroupLimits.Cpu(
                c.shares(), c.periodMicros(), c.quotaMicros(), c.burstMicros(), c.cpus(), Optional.of(list)));
    }

    /** See {@link CgroupLimits.Memory}. */
    public Limits memory(long bytes) {
        return memory(c -> new CgroupLimits.Memory(
                Optional.of(Bound.of(bytes)), c.limitAndSwapBytes(), c.reservationBytes(), c.minBytes(), c.highBytes(), c.swappiness(), c.oomGroup()));
    }

    /** See {@link CgroupLimits.Memory}. */
    public Limits memory(Bound bytes) {
        return memory(c -> new CgroupLimits.Memory(
                Optional.of(bytes), c.limitAndSwapBytes(), c.reservationBytes(), c.minBytes(), c.highBytes(), c.swappiness(), c.oomGroup()));
    }

    /** See {@link CgroupLimits.Memory}. */
    public Limits memoryAndSwap(long bytes) {
        return memory(c -> new CgroupLimits.Memory(
                c.limitBytes(), Optional.of(Bound.of(bytes)), c.reservationBytes(), c.minBytes(), c.highBytes(), c.swappiness(), c.oomGroup()));
    }

    /** See {@link CgroupLimits.Memory}. */
    public Limits memoryAndSwap(Bound bytes) {
        return memory(c -> new CgroupLimits.Memory(
                c.limitBytes(), Optional.of(bytes), c.reservationBytes(), c.minBytes(), c.highBytes(), c.swappiness(), c.oomGroup()));
    }

    /** See {@link CgroupLimits.Memory}. */
    public Limits reservation(long bytes) {
        return memory(c -> new CgroupLimits.Memory(
                c.limitBytes(), c.limitAndSwapBytes(), OptionalLong.of(bytes), c.minBytes(), c.highBytes(), c.swappiness(), c.oomGroup()));
    }

    /** See {@link CgroupLimits.Memory}. */
    public Limits min(long bytes) {
        return memory(c -> new CgroupLimits.Memory(
                c.limitBytes(), c.limitAndSwapBytes(), c.reservationBytes(), OptionalLong.of(bytes), c.highBytes(), c.swappiness(), c.oomGroup()));
    }

    /** See {@link CgroupLimits.Memory}. */
    public Limits high(long bytes) {
        return memory(c -> new CgroupLimits.Memory(
                c.limitBytes(), c.limitAndSwapBytes(), c.reservationBytes(), c.minBytes(), Optional.of(Bound.of(bytes)), c.swappiness(), c.oomGroup()));
    }

    /** See {@link CgroupLimits.Memory}. */
    public Limits swappiness(int value) {
        return memory(c -> new CgroupLimits.Memory(
                c.limitBytes(), c.limitAndSwapBytes(), c.reservationBytes(), c.minBytes(), c.highBytes(), OptionalInt.of(value), c.oomGroup()));
    }

    /** See {@link CgroupLimits.Memory}. */
    public Limits oomGroup(boolean whole) {
        return memory(c -> new CgroupLimits.Memory(
                c.limitBytes(), c.limitAndSwapBytes(), c.reservationBytes(), c.minBytes(), c.highBytes(), c.swappiness(), Optional.of(whole)));
    }

    /** See the field of {@link CgroupLimits}. */
    public Limits pids(long most) {
        var l = limits;
        limits = new CgroupLimits(l.cpu(), l.memory(), l.io(), Optional.of(Bound.of(most)), l.hugetlb(), l.netClass(), l.devices());
        return this;
    }

    /** See the field of {@link CgroupLimits}. */
    public Limits pids(Bound most) {
        var l = limits;
        limits = new CgroupLimits(l.cpu(), l.memory(), l.io(), Optional.of(most), l.hugetlb(), l.netClass(), l.devices());
        return this;
    }

    /** Huge pages of one size. */
    public Limits hugetlb(long pageBytes, Bound bytes) {
        var l = limits;
        var all = new TreeMap<>(l.hugetlb());
        all.put(pageBytes, bytes);
        limits = new CgroupLimits(l.cpu(), l.memory(), l.io(), l.pids(), all, l.netClass(), l.devices());
        return this;
    }

    /** See the field of {@link CgroupLimits}. */
    public Limits netClass(long id) {
        var l = limits;
        limits = new CgroupLimits(l.cpu(), l.memory(), l.io(), l.pids(), l.hugetlb(), OptionalLong.of(id), l.devices());
        return this;
    }

    /** See {@link CgroupLimits.Io}. */
    public Limits ioWeight(int weight) {
        return io(c -> new CgroupLimits.Io(OptionalInt.of(weight), c.devices()));
    }

    /** See {@link CgroupLimits.Io}. */
    public Limits io(IoLimit... devices) {
        return io(c -> new CgroupLimits.Io(c.weight(), List.of(devices)));
    }

    /** See the field of {@link CgroupLimits}. */
    public Limits devices(DeviceRule... devices) {
        limits = limits.withDevices(List.of(devices));
        return this;
    }
}

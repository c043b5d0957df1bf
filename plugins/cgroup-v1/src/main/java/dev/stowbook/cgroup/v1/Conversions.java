package dev.stowbook.cgroup.v1;

import dev.stowbook.spi.cgroup.Bound;
import dev.stowbook.spi.cgroup.CgroupLimits.IoLimit;
import dev.stowbook.spi.cgroup.DeviceRule;
import dev.stowbook.spi.cgroup.PressureTrigger;
import java.util.OptionalInt;

/** From the SPI's terms to the values v1 files take, one named function each. */
final class Conversions {
    /** The kernel's clock tick as user space sees it: USER_HZ, 100 on every architecture we know (asm-generic/param.h). */
    private static final long NANOS_PER_TICK = 10_000_000L;

    /** {@code blkio.bfq.weight} ends here (block/bfq-iosched.h BFQ_MAX_WEIGHT), the SPI's and v2's scale at 10000. */
    private static final int BFQ_MAX_WEIGHT = 1000;

    private static final long KIB = 1024;
    /** mm/page_counter.h PAGE_COUNTER_MAX in bytes: what an unlimited counter of v1 reads as, whole pages below 2^63. */
    private static final long UNLIMITED_BYTES = Long.MAX_VALUE / 4096 * 4096;

    private Conversions() {}

    /** {@code cpu.shares}: the SPI's weight is v1's own (sched-design-CFS.rst, "GROUP SCHEDULER EXTENSIONS"). */
    static String cpuShares(int shares) {
        return Integer.toString(shares);
    }

    /** {@code cpu.cfs_quota_us}: -1 for no limit (sched-bwc.rst). */
    static String cpuQuota(Bound quotaMicros) {
        return quotaMicros.text("-1");
    }

    /** {@code memory.limit_in_bytes}, {@code memory.memsw.limit_in_bytes}: -1 for no limit (memory.rst 2.4, 3). */
    static String bytes(Bound bound) {
        return bound.text("-1");
    }

    /** What a limit in bytes reads as: close to 2^63 is no limit. */
    static Bound boundOfBytes(String content) {
        long bytes = Long.parseLong(content);
        return bytes >= UNLIMITED_BYTES ? Bound.UNLIMITED : Bound.of(bytes);
    }

    /** The default of memory and swap together: twice the memory. */
    static Bound defaultMemoryAndSwap(Bound memory) {
        return switch (memory) {
            case Bound.Of(long bytes) -> Bound.of(bytes > Long.MAX_VALUE / 2 ? Long.MAX_VALUE : bytes * 2);
            case Bound.Unlimited none -> none;
        };
    }

    /**
     * {@code memory.soft_limit_in_bytes}: under pressure groups are pushed back to it, so what a group may keep. To keep nothing is
     * the kernel's default, which it writes as no limit; 0 would push the group back before all others (memory.rst 7).
     */
    static String softLimit(long reservationBytes) {
        return reservationBytes == 0 ? "-1" : Long.toString(reservationBytes);
    }

    /** {@code pids.max} (pids.rst). */
    static String pids(Bound most) {
        return most.text("max");
    }

    /** A line of {@code blkio.throttle.*_device}: {@code major:minor value}, 0 for no limit (blkio-controller.rst). */
    static String throttle(IoLimit limit, Bound value) {
        return limit.major() + ":" + limit.minor() + " " + value.text("0");
    }

    /** {@code blkio.bfq.weight}: 1 to 1000, the default being 100 on both scales (bfq-iosched.rst). */
    static int bfqWeight(int weight) {
        return Math.min(weight, BFQ_MAX_WEIGHT);
    }

    /** A line of {@code devices.allow} or {@code devices.deny}: {@code type major:minor access} (devices.rst). */
    static String device(DeviceRule rule) {
        return rule.type() + " " + number(rule.major()) + ":" + number(rule.minor()) + " " + rule.access();
    }

    private static String number(OptionalInt number) {
        return number.isPresent() ? Integer.toString(number.getAsInt()) : "*";
    }

    /** The name of a size of huge pages in file names: {@code 64KB}, {@code 2MB}, {@code 1GB} (mm/hugetlb_cgroup.c mem_fmt). */
    static String hugePageSize(long bytes) {
        if (bytes >= KIB * KIB * KIB) {
            return bytes / (KIB * KIB * KIB) + "GB";
        }
        return bytes >= KIB * KIB ? bytes / (KIB * KIB) + "MB" : bytes / KIB + "KB";
    }

    /** {@code memory.pressure_level}: reclaim makes some wait at medium, and hardly anything runs at critical (memory.rst 11). */
    static String pressureLevel(PressureTrigger.Kind kind) {
        return switch (kind) {
            case SOME -> "medium";
            case FULL -> "critical";
        };
    }

    /** A trigger for a {@code *.pressure} file of the v2 tree beside us: kind, stall and window in microseconds (psi.rst). */
    static String stallTrigger(PressureTrigger trigger) {
        String kind = switch (trigger.kind()) {
            case SOME -> "some";
            case FULL -> "full";
        };
        return kind + " " + trigger.stall().toNanos() / 1000 + " " + trigger.window().toNanos() / 1000;
    }

    /** {@code cpuacct.stat} counts ticks (cpuacct.rst). */
    static long ticksToNanos(long ticks) {
        return ticks * NANOS_PER_TICK;
    }
}

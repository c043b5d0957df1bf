package dev.stowbook.cgroup.v1;

import dev.stowbook.spi.cgroup.CgroupLimits.IoLimit;
import dev.stowbook.spi.cgroup.DeviceRule;
import java.util.OptionalInt;

/** From the SPI's terms to the values v1 files take, one named function each. */
final class Conversions {
    /** The kernel's clock tick as user space sees it: USER_HZ, 100 on every architecture we know (asm-generic/param.h). */
    private static final long NANOS_PER_TICK = 10_000_000L;

    private Conversions() {}

    /** {@code cpu.shares}: the SPI's weight is v1's own (sched-design-CFS.rst, "GROUP SCHEDULER EXTENSIONS"). */
    static String cpuShares(int shares) {
        return Integer.toString(shares);
    }

    /** {@code memory.memsw.limit_in_bytes} counts memory and swap together, as the SPI does (memory.rst 2.4). */
    static String memoryAndSwap(long memoryAndSwapBytes) {
        return Long.toString(memoryAndSwapBytes);
    }

    /** The default of memory and swap together: twice the memory. */
    static long defaultMemoryAndSwap(long memoryBytes) {
        return memoryBytes > Long.MAX_VALUE / 2 ? Long.MAX_VALUE : memoryBytes * 2;
    }

    /** A line of {@code blkio.throttle.*_device}: {@code major:minor value} (blkio-controller.rst). */
    static String throttle(IoLimit limit, long value) {
        return limit.major() + ":" + limit.minor() + " " + value;
    }

    /** A line of {@code devices.allow} or {@code devices.deny}: {@code type major:minor access} (devices.rst). */
    static String device(DeviceRule rule) {
        return rule.type() + " " + number(rule.major()) + ":" + number(rule.minor()) + " " + rule.access();
    }

    private static String number(OptionalInt number) {
        return number.isPresent() ? Integer.toString(number.getAsInt()) : "*";
    }

    /** {@code cpuacct.stat} counts ticks (cpuacct.rst). */
    static long ticksToNanos(long ticks) {
        return ticks * NANOS_PER_TICK;
    }
}

package dev.stowbook.spi.cgroup;

import java.util.OptionalLong;

/**
 * Counters of a group at one moment; empty where the host has no such controller.
 *
 * @param cpuUsageNanos CPU time used by all its processes
 * @param cpuUserNanos the part in user mode
 * @param cpuSystemNanos the part in the kernel
 * @param throttledPeriods quota periods in which the group was throttled
 * @param memoryBytes memory charged now
 * @param memoryPeakBytes the most that was charged
 * @param oomKills processes the kernel killed for this group's memory limit
 * @param pids processes and threads now
 * @param ioReadBytes bytes read from block devices
 * @param ioWriteBytes bytes written to block devices
 */
public record CgroupStats(
        OptionalLong cpuUsageNanos,
        OptionalLong cpuUserNanos,
        OptionalLong cpuSystemNanos,
        OptionalLong throttledPeriods,
        OptionalLong memoryBytes,
        OptionalLong memoryPeakBytes,
        OptionalLong oomKills,
        OptionalLong pids,
        OptionalLong ioReadBytes,
        OptionalLong ioWriteBytes) {}

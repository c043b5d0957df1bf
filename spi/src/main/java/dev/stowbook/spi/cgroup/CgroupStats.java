package dev.stowbook.spi.cgroup;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * Counters of a group at one moment; empty where the host has no such controller or file.
 *
 * @param cpu processor time
 * @param memory memory and swap
 * @param io block devices, summed over all of them
 * @param pids processes and threads now
 * @param pidsRefused forks that failed for a pids limit
 * @param pressure how long processes of the group stood still
 */
public record CgroupStats(
        Cpu cpu, Memory memory, Io io, OptionalLong pids, OptionalLong pidsRefused, Pressure pressure) {

    /**
     * Processor time.
     *
     * @param usageNanos used by all its processes
     * @param userNanos the part in user mode
     * @param systemNanos the part in the kernel
     * @param periods quota periods that have passed
     * @param throttledPeriods those in which the group was throttled
     * @param throttledNanos for how long its processes had to wait for the next period, in sum
     */
    public record Cpu(
            OptionalLong usageNanos,
            OptionalLong userNanos,
            OptionalLong systemNanos,
            OptionalLong periods,
            OptionalLong throttledPeriods,
            OptionalLong throttledNanos) {}

    /**
     * Memory and swap.
     *
     * @param usageBytes charged now
     * @param peakBytes the most that was charged
     * @param anonBytes anonymous memory: {@code anon} (v2), {@code total_rss} (v1)
     * @param fileBytes the page cache: {@code file} (v2), {@code total_cache} (v1)
     * @param inactiveFileBytes the part of it that is given up first; usage without it is the working set
     * @param swapBytes in swap now
     * @param pageFaults page faults
     * @param majorFaults those that had to wait for a disk
     * @param oomKills processes the kernel killed for a memory limit
     */
    public record Memory(
            OptionalLong usageBytes,
            OptionalLong peakBytes,
            OptionalLong anonBytes,
            OptionalLong fileBytes,
            OptionalLong inactiveFileBytes,
            OptionalLong swapBytes,
            OptionalLong pageFaults,
            OptionalLong majorFaults,
            OptionalLong oomKills) {}

    /**
     * Block devices.
     *
     * @param readBytes bytes read
     * @param writeBytes bytes written
     * @param reads read operations
     * @param writes write operations
     */
    public record Io(OptionalLong readBytes, OptionalLong writeBytes, OptionalLong reads, OptionalLong writes) {}

    /** Pressure stall information (psi.rst) of each resource; empty where there is no v2 tree or PSI is off. */
    public record Pressure(Optional<Stall> cpu, Optional<Stall> memory, Optional<Stall> io) {}

    /**
     * For how long processes stood still, in sum since the group was made.
     *
     * @param someMicros at least one did
     * @param fullMicros all did at once
     */
    public record Stall(long someMicros, long fullMicros) {}
}

package dev.stowbook.spi.cgroup;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Limits of one group, in the terms of neither cgroup version; each driver converts. Empty means: not limited here.
 *
 * @param cpuShares weight under contention, 2 to 262144, 1024 being the kernel's default ({@code cpu.shares})
 * @param cpuPeriodMicros length of a quota period, 1000 to 1000000 microseconds; 100000 if empty and a quota is set
 * @param cpuQuotaMicros CPU time of all processes together in a period, at least 1000 microseconds
 * @param cpusetCpus processors, a list as in cpuset(7): {@code 0-2,4}
 * @param memoryBytes memory limit
 * @param memoryAndSwapBytes limit of memory and swap together, at least {@code memoryBytes}; twice the memory if empty
 *     and memory is set
 * @param pids how many processes and threads
 * @param io limits per block device
 * @param devices device rules in order, the last that matches wins; empty: devices are not restricted here
 */
public record CgroupLimits(
        OptionalInt cpuShares,
        OptionalLong cpuPeriodMicros,
        OptionalLong cpuQuotaMicros,
        Optional<String> cpusetCpus,
        OptionalLong memoryBytes,
        OptionalLong memoryAndSwapBytes,
        OptionalLong pids,
        List<IoLimit> io,
        List<DeviceRule> devices) {

    public CgroupLimits {
        io = List.copyOf(io);
        devices = List.copyOf(devices);
    }

    /** No limit of any kind. */
    public static CgroupLimits none() {
        return new CgroupLimits(
                OptionalInt.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                List.of(),
                List.of());
    }

    /**
     * Limits on one block device; empty fields are not limited.
     *
     * @param major device major number
     * @param minor device minor number
     * @param readBytesPerSecond bytes read a second
     * @param writeBytesPerSecond bytes written a second
     * @param readsPerSecond read operations a second
     * @param writesPerSecond write operations a second
     */
    public record IoLimit(
            int major,
            int minor,
            OptionalLong readBytesPerSecond,
            OptionalLong writeBytesPerSecond,
            OptionalLong readsPerSecond,
            OptionalLong writesPerSecond) {}
}

package dev.stowbook.supervisor.model;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Limits of a container; empty means not limited.
 *
 * @param cpuShares weight under contention, from {@code requests.cpu}: 1024 a processor, at least 2
 * @param cpuPeriodMicros quota period in microseconds
 * @param cpuQuotaMicros processor time in a period in microseconds, from {@code limits.cpu}
 * @param cpusetCpus processors it may run on, such as {@code 0-1}, from {@code limits.stowbook.dev/cpuset}
 * @param memoryBytes memory, from {@code limits.memory}
 * @param memoryAndSwapBytes memory and swap together, from {@code limits.stowbook.dev/memory-and-swap}
 * @param pids processes and threads, from {@code limits.stowbook.dev/pids}
 * @param storageBytes what it may write to its root file system, from {@code limits.ephemeral-storage}
 */
public record ResourceSpec(
        OptionalInt cpuShares,
        OptionalLong cpuPeriodMicros,
        OptionalLong cpuQuotaMicros,
        Optional<String> cpusetCpus,
        OptionalLong memoryBytes,
        OptionalLong memoryAndSwapBytes,
        OptionalLong pids,
        OptionalLong storageBytes) {

    /** No limit of any kind. */
    public static ResourceSpec unlimited() {
        return new ResourceSpec(
                OptionalInt.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty());
    }
}

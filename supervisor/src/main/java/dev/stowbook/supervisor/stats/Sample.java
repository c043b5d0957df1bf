package dev.stowbook.supervisor.stats;

import dev.stowbook.spi.cgroup.CgroupStats;
import java.time.Instant;
import java.util.List;

/**
 * What one container had used at one moment.
 *
 * @param at when it was read
 * @param monotonicNanos the same on a clock that never goes back, for rates
 * @param group its cgroup's counters
 * @param interfaces its links; empty if it has the host's network, whose counters are not its own
 */
public record Sample(Instant at, long monotonicNanos, CgroupStats group, List<InterfaceCounters> interfaces) {
    public Sample {
        interfaces = List.copyOf(interfaces);
    }
}

package dev.stowbook.supervisor.effect;

import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.supervisor.model.ResourceSpec;
import java.util.List;

/** From what a manifest asks for to what a cgroup driver is told. Device rules are added where the defaults are known. */
final class Limits {
    private Limits() {}

    static CgroupLimits of(ResourceSpec resources) {
        return new CgroupLimits(
                resources.cpuShares(),
                resources.cpuPeriodMicros(),
                resources.cpuQuotaMicros(),
                resources.cpusetCpus(),
                resources.memoryBytes(),
                resources.memoryAndSwapBytes(),
                resources.pids(),
                List.of(),
                List.of());
    }
}

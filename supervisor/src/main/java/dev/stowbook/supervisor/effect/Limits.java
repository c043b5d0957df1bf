package dev.stowbook.supervisor.effect;

import dev.stowbook.spi.cgroup.Bound;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.supervisor.model.ResourceSpec;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;

/** From what a manifest asks for to what a cgroup driver is told. Device rules are added where the defaults are known. */
final class Limits {
    private Limits() {}

    static CgroupLimits of(ResourceSpec resources) {
        return new CgroupLimits(
                new CgroupLimits.Cpu(
                        resources.cpuShares(),
                        resources.cpuPeriodMicros(),
                        bound(resources.cpuQuotaMicros()),
                        OptionalLong.empty(),
                        resources.cpusetCpus(),
                        Optional.empty()),
                new CgroupLimits.Memory(
                        bound(resources.memoryBytes()),
                        bound(resources.memoryAndSwapBytes()),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        Optional.empty(),
                        OptionalInt.empty(),
                        Optional.empty()),
                CgroupLimits.Io.none(),
                bound(resources.pids()),
                new TreeMap<>(),
                OptionalLong.empty(),
                List.of());
    }

    private static Optional<Bound> bound(OptionalLong number) {
        return number.isPresent() ? Optional.of(Bound.of(number.getAsLong())) : Optional.empty();
    }
}

package dev.stowbook.supervisor.execute;

import dev.stowbook.linux.seccomp.SeccompException;
import dev.stowbook.spi.cgroup.DeviceRule;
import dev.stowbook.supervisor.keeper.PrivilegePlan;
import dev.stowbook.supervisor.model.ProcessSpec;
import dev.stowbook.supervisor.model.SecuritySpec;
import dev.stowbook.supervisor.model.Ulimit;
import dev.stowbook.supervisor.policy.Capability;
import dev.stowbook.supervisor.policy.DefaultContainer;
import dev.stowbook.supervisor.policy.SeccompFilters;
import dev.stowbook.supervisor.state.Container;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** From the default container and what a manifest says to what the keeper is told. */
public final class LaunchPolicy {
    private final SeccompFilters filters;
    private static final long INFINITY = -1;

    private final List<String> maskedPaths;

    public LaunchPolicy(SeccompFilters filters, int processors) {
        this.filters = filters;
        this.maskedPaths = DefaultContainer.maskedPaths(processors);
    }

    /** Capabilities, seccomp filter, limits. The filter is compiled once for each set of capabilities. */
    PrivilegePlan privileges(Container.Definition container) throws SeccompException {
        SecuritySpec security = container.security();
        ProcessSpec options = container.options();
        Set<Capability> capabilities = Capability.of(security);
        long mask = Capability.mask(capabilities);
        return new PrivilegePlan(
                mask,
                mask,
                !security.allowPrivilegeEscalation(),
                filters.filterFor(options.seccomp(), capabilities),
                limits(options),
                options.oomScoreAdj().orElse(0),
                options.oomScoreAdj().isPresent());
    }

    /** The manifest's limits, and those of every container that it does not name. */
    private static List<PrivilegePlan.ResourceLimit> limits(ProcessSpec options) {
        SortedMap<Integer, PrivilegePlan.ResourceLimit> limits = new TreeMap<>();
        for (DefaultContainer.ResourceLimit limit : DefaultContainer.RESOURCE_LIMITS) {
            int resource = Ulimit.NAMES.indexOf(limit.name().toLowerCase(Locale.ROOT));
            limits.put(resource, new PrivilegePlan.ResourceLimit(resource, limit.soft(), limit.hard()));
        }
        for (Ulimit limit : options.ulimits()) {
            limits.put(limit.resource(), new PrivilegePlan.ResourceLimit(
                    limit.resource(), limit.soft().orElse(INFINITY), limit.hard().orElse(INFINITY)));
        }
        return List.copyOf(limits.values());
    }

    /** Paths hidden if they exist. */
    List<String> maskedPaths() {
        return maskedPaths;
    }

    /** Paths made read-only if they exist. */
    List<String> readOnlyPaths() {
        return DefaultContainer.READ_ONLY_PATHS;
    }

    /** Which devices may be used; the last rule that matches wins. */
    List<DeviceRule> deviceRules() {
        return DefaultContainer.DEVICE_RULES;
    }
}

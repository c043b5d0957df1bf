package dev.stowbook.supervisor.execute;

import dev.stowbook.spi.cgroup.DeviceRule;
import dev.stowbook.supervisor.keeper.PrivilegePlan;
import dev.stowbook.supervisor.model.SecuritySpec;
import dev.stowbook.linux.seccomp.SeccompException;
import dev.stowbook.supervisor.policy.Capability;
import dev.stowbook.supervisor.policy.DefaultContainer;
import dev.stowbook.supervisor.policy.SeccompProfiles;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** From the default container and what a manifest says to what the keeper is told. */
public final class LaunchPolicy {
    private final SeccompProfiles profiles;
    private final List<String> maskedPaths;

    public LaunchPolicy(SeccompProfiles profiles, int processors) {
        this.profiles = profiles;
        this.maskedPaths = DefaultContainer.maskedPaths(processors);
    }

    /** Capabilities, seccomp filter, limits. The filter is compiled once for each set of capabilities. */
    PrivilegePlan privileges(SecuritySpec security) throws SeccompException {
        Set<Capability> capabilities = Capability.of(security);
        long mask = Capability.mask(capabilities);
        List<PrivilegePlan.ResourceLimit> limits = DefaultContainer.RESOURCE_LIMITS.stream()
                .filter(limit -> limit.name().equals("NOFILE"))
                .map(limit -> new PrivilegePlan.ResourceLimit(
                        PrivilegePlan.ResourceLimit.NOFILE, limit.soft(), limit.hard()))
                .toList();
        return new PrivilegePlan(
                mask,
                mask,
                !security.allowPrivilegeEscalation(),
                Optional.of(profiles.filterFor(capabilities)),
                limits,
                0);
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

package dev.stowbook.supervisor.execute;

import dev.stowbook.spi.cgroup.DeviceRule;
import dev.stowbook.supervisor.keeper.PrivilegePlan;
import dev.stowbook.supervisor.model.SecuritySpec;
import java.util.List;

/** What a container may do, and what is hidden from it. */
public interface LaunchPolicy {

    /** Capabilities, seccomp filter, limits. */
    PrivilegePlan privileges(SecuritySpec security) throws Exception;

    /** Paths hidden if they exist. */
    List<String> maskedPaths();

    /** Paths made read-only if they exist. */
    List<String> readOnlyPaths();

    /** Which devices may be used; the last rule that matches wins. */
    List<DeviceRule> deviceRules();
}

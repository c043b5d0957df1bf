package dev.stowbook.supervisor.boot;

import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.ControllerInfo;
import dev.stowbook.supervisor.driver.GuardedDriver;
import dev.stowbook.supervisor.http.DaemonInfo;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What {@code info} says of the daemon and its host; found out once, at the start. */
final class Facts {
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(Facts.class);

    private final DaemonInfo info;

    Facts(DaemonOptions options, DaemonConfig config, GuardedDriver<CgroupDriver> cgroup) {
        String manager = config.driverSettings().getOrDefault(cgroup.name(), Map.of()).getOrDefault("manager", HostFacts.CGROUPFS);
        List<String> warnings = HostFacts.managers(cgroup.name(), manager).stream().toList();
        warnings.forEach(warning -> LOG.warn("{}", warning));
        List<ControllerInfo> controllers =
                cgroup.call("controllers", "controllers", DEADLINE, CgroupDriver::controllers).join();
        this.info = new DaemonInfo(
                Version.CURRENT,
                options.root(),
                options.run(),
                controllers.stream()
                        .map(one -> new DaemonInfo.Controller(one.name(), version(one.version()), one.mount()))
                        .toList(),
                mode(controllers),
                manager,
                warnings,
                System.getProperty("os.version"),
                ProcessHandle.current().pid(),
                new DaemonInfo.Security("default profile", HostFacts.apparmor(), HostFacts.selinux()));
    }

    DaemonInfo info() {
        return info;
    }

    private static int version(ControllerInfo.Version version) {
        return switch (version) {
            case V1 -> 1;
            case V2 -> 2;
            case ABSENT -> 0;
        };
    }

    private static String mode(List<ControllerInfo> controllers) {
        Set<ControllerInfo.Version> versions = new TreeSet<>();
        controllers.forEach(one -> versions.add(one.version()));
        boolean v1 = versions.contains(ControllerInfo.Version.V1);
        boolean v2 = versions.contains(ControllerInfo.Version.V2);
        return v1 && v2 ? "hybrid" : v1 ? "v1" : "v2";
    }
}

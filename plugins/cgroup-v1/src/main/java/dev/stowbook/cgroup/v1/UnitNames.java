package dev.stowbook.cgroup.v1;

import dev.stowbook.spi.cgroup.GroupId;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * systemd's names of an instance's groups: a pod is a slice below {@code system.slice} (a dash in a slice's name is a level,
 * systemd.slice(5)), a container a scope in it.
 *
 * @param instance the daemon's instance id
 */
record UnitNames(String instance) {
    static final String SYSTEM = "system.slice";

    String slice(String pod) {
        return "system-stowbook_" + instance + "_" + pod + ".slice";
    }

    String scope(String container) {
        return "stowbook-" + instance + "-" + container + ".scope";
    }

    /** A group's unit. */
    String unit(GroupId group) {
        return group.container().map(this::scope).orElseGet(() -> slice(group.pod()));
    }

    /** A group's directory below a hierarchy's mount. */
    Path directory(GroupId group) {
        Path pod = Path.of(SYSTEM, slice(group.pod()));
        return group.container().map(container -> pod.resolve(scope(container))).orElse(pod);
    }

    Optional<String> podOf(String directory) {
        return id("system-stowbook_" + instance + "_(" + Groups.ID + ")\\.slice", directory);
    }

    Optional<String> containerOf(String directory) {
        return id("stowbook-" + instance + "-(" + Groups.ID + ")\\.scope", directory);
    }

    private static Optional<String> id(String pattern, String name) {
        Matcher matcher = Pattern.compile(pattern).matcher(name);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }
}

package dev.stowbook.testkit.cgroup;

import dev.stowbook.spi.cgroup.GroupId;
import java.nio.file.Path;
import java.util.List;

/** Where the built-in drivers have a group: two versions of cgroups, two managers. */
public enum GroupLayout {
    /** A directory in each hierarchy. */
    V1_CGROUPFS(List.of("memory", "freezer"), false),
    /** A unit in systemd's hierarchies, and a directory at the same path in the others. */
    V1_SYSTEMD(List.of("systemd", "memory", "freezer"), true),
    /** A directory in the one hierarchy. */
    V2_CGROUPFS(List.of(""), false),
    /** A unit in the one hierarchy. */
    V2_SYSTEMD(List.of(""), true);

    private final List<String> hierarchies;
    private final boolean units;

    GroupLayout(List<String> hierarchies, boolean units) {
        this.hierarchies = hierarchies;
        this.units = units;
    }

    /** Directories below {@code /sys/fs/cgroup} in which the test has a hierarchy mounted; one empty name for {@code /sys/fs/cgroup} itself. */
    public List<String> hierarchies() {
        return hierarchies;
    }

    /** Whether systemd makes the groups. */
    public boolean bySystemd() {
        return units;
    }

    /**
     * A group's path below each hierarchy's mount.
     *
     * @param instance the daemon's instance id
     */
    public Path path(String instance, GroupId group) {
        Path pod = units
                ? Path.of("system.slice", "system-stowbook_" + instance + "_" + group.pod() + ".slice")
                : Path.of("stowbook-" + instance, group.pod());
        return group.container()
                .map(container -> pod.resolve(units ? "stowbook-" + instance + "-" + container + ".scope" : container))
                .orElse(pod);
    }
}

package dev.stowbook.spi.cgroup;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How the keeper places a process in a group.
 *
 * @param directory the v2 group, for clone3(2) with CLONE_INTO_CGROUP; empty if the driver has no v2 hierarchy
 * @param tasksFiles the {@code tasks} files of the v1 hierarchies, to which the new, still single-threaded process writes
 *     {@code 0}; empty on a pure v2 host
 */
public record Placement(Optional<Path> directory, List<Path> tasksFiles) {
    public Placement {
        tasksFiles = List.copyOf(tasksFiles);
    }
}

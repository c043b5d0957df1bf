package dev.stowbook.linux.cgroup;

import dev.stowbook.linux.LinuxException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * By the v2 core files: {@code cgroup.freeze} (Linux 5.2), {@code cgroup.events}, {@code cgroup.kill} (Linux 5.14), which every v2
 * group has, whatever controllers its hierarchy owns (cgroup-v2.rst "Core Interface Files").
 *
 * @param files how they are written
 */
public record UnifiedProcessControl(CgroupFiles files) implements ProcessControl {

    @Override
    public boolean freeze(Path directory, Duration patience) throws LinuxException {
        files.write(directory.resolve("cgroup.freeze"), "1");
        Path events = directory.resolve("cgroup.events");
        return Patience.until(patience, () -> files.read(events).contains("frozen 1"));
    }

    @Override
    public void thaw(Path directory) throws LinuxException {
        files.write(directory.resolve("cgroup.freeze"), "0");
    }

    /** cgroup.kill alone lets nothing fork away; freezing first makes the group stand still and be seen so. */
    @Override
    public int kill(Path directory, Duration patience) throws LinuxException {
        try {
            freeze(directory, patience);
            int seen = ProcessControl.processesBelow(files, directory).size();
            files.write(directory.resolve("cgroup.kill"), "1");
            return seen;
        } finally {
            for (Path group : ProcessControl.withDescendants(files, directory)) {
                thaw(group);
            }
        }
    }
}

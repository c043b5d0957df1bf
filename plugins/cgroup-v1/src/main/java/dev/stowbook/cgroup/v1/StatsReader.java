package dev.stowbook.cgroup.v1;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.ProcessControl;
import dev.stowbook.spi.cgroup.CgroupStats;
import dev.stowbook.spi.cgroup.GroupId;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Reads a group's counters from the v1 files. */
final class StatsReader {
    private final CgroupFiles files;
    private final GroupTree tree;

    StatsReader(CgroupFiles files, GroupTree tree) {
        this.files = files;
        this.tree = tree;
    }

    CgroupStats read(GroupId group) throws LinuxException {
        return new CgroupStats(
                number("cpuacct", group, "cpuacct.usage"),
                ticks(group, "user"),
                ticks(group, "system"),
                field("cpu", group, "cpu.stat", "nr_throttled"),
                number("memory", group, "memory.usage_in_bytes"),
                number("memory", group, "memory.max_usage_in_bytes"),
                oomKills(group),
                number("pids", group, "pids.current"),
                throttled(group, "Read"),
                throttled(group, "Write"));
    }

    /**
     * v1 counts a kill in the group of the killed process only, whichever limit was hit (memcontrol.c memcg_memory_event); the sum
     * over a group and those below is what v2 would show.
     */
    OptionalLong oomKills(GroupId group) throws LinuxException {
        if (!tree.hasController("memory")) {
            return OptionalLong.empty();
        }
        long sum = 0;
        for (Path directory : ProcessControl.withDescendants(files, tree.directory("memory", group))) {
            sum += valueOf(readIfThere(directory.resolve("memory.oom_control")), "oom_kill").orElse(0);
        }
        return OptionalLong.of(sum);
    }

    OptionalLong pidsRefusals(GroupId group) throws LinuxException {
        return field("pids", group, "pids.events", "max");
    }

    private OptionalLong ticks(GroupId group, String kind) throws LinuxException {
        OptionalLong ticks = field("cpuacct", group, "cpuacct.stat", kind);
        return ticks.isPresent() ? OptionalLong.of(Conversions.ticksToNanos(ticks.getAsLong())) : ticks;
    }

    private OptionalLong number(String controller, GroupId group, String file) throws LinuxException {
        if (!tree.hasController(controller)) {
            return OptionalLong.empty();
        }
        String content = readIfThere(tree.directory(controller, group).resolve(file));
        return content.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(content));
    }

    private OptionalLong field(String controller, GroupId group, String file, String key) throws LinuxException {
        return tree.hasController(controller)
                ? valueOf(readIfThere(tree.directory(controller, group).resolve(file)), key)
                : OptionalLong.empty();
    }

    /** {@code blkio.throttle.io_service_bytes_recursive}: lines {@code 8:0 Read 4096} (blkio-controller.rst). */
    private OptionalLong throttled(GroupId group, String kind) throws LinuxException {
        if (!tree.hasController("blkio")) {
            return OptionalLong.empty();
        }
        long sum = 0;
        Path file = tree.directory("blkio", group).resolve("blkio.throttle.io_service_bytes_recursive");
        for (String line : readIfThere(file).split("\n")) {
            String[] words = line.split(" ");
            if (words.length == 3 && words[1].equals(kind)) {
                sum += Long.parseLong(words[2]);
            }
        }
        return OptionalLong.of(sum);
    }

    /** A kernel may lack a single file of a controller; that leaves one counter empty. */
    private String readIfThere(Path file) throws LinuxException {
        try {
            return files.read(file);
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV) {
                return "";
            }
            throw e;
        }
    }

    /** The value of a line {@code key value}. */
    static OptionalLong valueOf(String content, String key) {
        return content.lines()
                .filter(line -> line.startsWith(key + " "))
                .mapToLong(line -> Long.parseLong(line.substring(key.length() + 1).trim()))
                .findFirst();
    }
}

package dev.stowbook.cgroup.v1;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.ProcessControl;
import dev.stowbook.linux.cgroup.StallFiles;
import dev.stowbook.spi.cgroup.CgroupStats;
import dev.stowbook.spi.cgroup.GroupId;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads a group's counters from the v1 files. */
final class StatsReader {
    private final CgroupFiles files;
    private final Groups tree;
    private final StallFiles stalls;

    StatsReader(CgroupFiles files, Groups tree) {
        this.files = files;
        this.tree = tree;
        this.stalls = new StallFiles(files);
    }

    CgroupStats read(GroupId group) throws LinuxException {
        return new CgroupStats(
                cpu(group), memory(group), io(group), number("pids", group, "pids.current"), pidsRefusals(group), pressure(group));
    }

    private CgroupStats.Cpu cpu(GroupId group) throws LinuxException {
        String stat = tree.hasController("cpu") ? readIfThere(tree.file(group, "cpu", "cpu.stat")) : "";
        return new CgroupStats.Cpu(
                number("cpuacct", group, "cpuacct.usage"),
                ticks(group, "user"),
                ticks(group, "system"),
                valueOf(stat, "nr_periods"),
                valueOf(stat, "nr_throttled"),
                valueOf(stat, "throttled_time"));
    }

    /** The {@code total_} lines count the group and those below it, as v2 does (memory.rst 5.2). */
    private CgroupStats.Memory memory(GroupId group) throws LinuxException {
        String stat = content("memory", group, "memory.stat");
        return new CgroupStats.Memory(
                number("memory", group, "memory.usage_in_bytes"),
                number("memory", group, "memory.max_usage_in_bytes"),
                valueOf(stat, "total_rss"),
                valueOf(stat, "total_cache"),
                valueOf(stat, "total_inactive_file"),
                valueOf(stat, "total_swap"),
                valueOf(stat, "total_pgfault"),
                valueOf(stat, "total_pgmajfault"),
                oomKills(group));
    }

    private CgroupStats.Io io(GroupId group) throws LinuxException {
        String bytes = "blkio.throttle.io_service_bytes_recursive";
        String operations = "blkio.throttle.io_serviced_recursive";
        return new CgroupStats.Io(
                throttled(group, bytes, "Read"),
                throttled(group, bytes, "Write"),
                throttled(group, operations, "Read"),
                throttled(group, operations, "Write"));
    }

    private CgroupStats.Pressure pressure(GroupId group) throws LinuxException {
        return new CgroupStats.Pressure(stall(group, "cpu"), stall(group, "memory"), stall(group, "io"));
    }

    private Optional<CgroupStats.Stall> stall(GroupId group, String resource) throws LinuxException {
        if (!tree.coreIsV2()) {
            return Optional.empty();
        }
        OptionalLong some = stalls.total(tree.coreDirectory(group), resource, "some");
        OptionalLong full = stalls.total(tree.coreDirectory(group), resource, "full");
        return some.isPresent() ? Optional.of(new CgroupStats.Stall(some.getAsLong(), full.orElse(0))) : Optional.empty();
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
        return valueOf(content(controller, group, file), key);
    }

    private String content(String controller, GroupId group, String file) throws LinuxException {
        return tree.hasController(controller) ? readIfThere(tree.directory(controller, group).resolve(file)) : "";
    }

    /** {@code blkio.throttle.io_service_bytes_recursive} and its like: lines {@code 8:0 Read 4096} (blkio-controller.rst). */
    private OptionalLong throttled(GroupId group, String file, String kind) throws LinuxException {
        if (!tree.hasController("blkio")) {
            return OptionalLong.empty();
        }
        long sum = 0;
        for (String line : content("blkio", group, file).split("\n")) {
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

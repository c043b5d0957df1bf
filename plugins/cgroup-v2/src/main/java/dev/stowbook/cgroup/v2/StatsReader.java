package dev.stowbook.cgroup.v2;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.StallFiles;
import dev.stowbook.spi.cgroup.CgroupStats;
import dev.stowbook.spi.cgroup.GroupId;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads a group's counters from the v2 files. */
final class StatsReader {
    /** Stands for a file that this hierarchy does not have: an idle group's io.stat is empty. */
    private static final String NONE = "none";

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
                cpu(group), memory(group), io(group), pids(group), pidsRefusals(group), pressure(group));
    }

    private OptionalLong pids(GroupId group) throws LinuxException {
        OptionalLong counted = number(group, "pids.current");
        return counted.isPresent() ? OptionalLong.of(counted.getAsLong() - tree.keepers(group)) : counted;
    }

    /** cpu.stat of every group counts time, whether or not the hierarchy owns the cpu controller. */
    private CgroupStats.Cpu cpu(GroupId group) throws LinuxException {
        String stat = content(group, "cpu.stat");
        return new CgroupStats.Cpu(
                micros(stat, "usage_usec"),
                micros(stat, "user_usec"),
                micros(stat, "system_usec"),
                valueOf(stat, "nr_periods"),
                valueOf(stat, "nr_throttled"),
                micros(stat, "throttled_usec"));
    }

    private CgroupStats.Memory memory(GroupId group) throws LinuxException {
        String stat = content(group, "memory.stat");
        return new CgroupStats.Memory(
                number(group, "memory.current"),
                number(group, "memory.peak"),
                valueOf(stat, "anon"),
                valueOf(stat, "file"),
                valueOf(stat, "inactive_file"),
                number(group, "memory.swap.current"),
                valueOf(stat, "pgfault"),
                valueOf(stat, "pgmajfault"),
                oomKills(group));
    }

    private CgroupStats.Io io(GroupId group) throws LinuxException {
        String stat = tree.hasController("io") ? content(group, "io.stat") : NONE;
        return new CgroupStats.Io(io(stat, "rbytes="), io(stat, "wbytes="), io(stat, "rios="), io(stat, "wios="));
    }

    private CgroupStats.Pressure pressure(GroupId group) throws LinuxException {
        return new CgroupStats.Pressure(stall(group, "cpu"), stall(group, "memory"), stall(group, "io"));
    }

    private Optional<CgroupStats.Stall> stall(GroupId group, String resource) throws LinuxException {
        OptionalLong some = stalls.total(tree.directory(group), resource, "some");
        OptionalLong full = stalls.total(tree.directory(group), resource, "full");
        return some.isPresent() ? Optional.of(new CgroupStats.Stall(some.getAsLong(), full.orElse(0))) : Optional.empty();
    }

    /** Kills in the group and those below it. */
    OptionalLong oomKills(GroupId group) throws LinuxException {
        return valueOf(readIfThere(tree.directory(group).resolve("memory.events")), "oom_kill");
    }

    /** How often this group's own limit was met; before Linux 5.2 there is no such file. */
    OptionalLong ooms(GroupId group) throws LinuxException {
        return valueOf(readIfThere(tree.directory(group).resolve("memory.events.local")), "oom");
    }

    /** How often this group's own limit refused a fork; {@code pids.events.local} is there since Linux 6.11. */
    OptionalLong pidsRefusals(GroupId group) throws LinuxException {
        String local = readIfThere(tree.directory(group).resolve("pids.events.local"));
        return valueOf(local.isEmpty() ? readIfThere(tree.directory(group).resolve("pids.events")) : local, "max");
    }

    private static OptionalLong micros(String stat, String key) {
        OptionalLong micros = valueOf(stat, key);
        return micros.isPresent() ? OptionalLong.of(Conversions.microsToNanos(micros.getAsLong())) : micros;
    }

    private OptionalLong number(GroupId group, String file) throws LinuxException {
        String content = readIfThere(tree.directory(group).resolve(file));
        return content.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(content));
    }

    /** {@code io.stat}: lines {@code 8:0 rbytes=1 wbytes=2 ...} (cgroup-v2.rst "io.stat"). */
    private static OptionalLong io(String stat, String key) {
        if (stat.equals(NONE)) {
            return OptionalLong.empty();
        }
        long sum = 0;
        for (String word : stat.split("\\s+")) {
            if (word.startsWith(key)) {
                sum += Long.parseLong(word.substring(key.length()));
            }
        }
        return OptionalLong.of(sum);
    }

    private String content(GroupId group, String file) throws LinuxException {
        return readIfThere(tree.directory(group).resolve(file));
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

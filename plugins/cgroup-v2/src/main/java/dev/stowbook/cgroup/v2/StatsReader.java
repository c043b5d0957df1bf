package dev.stowbook.cgroup.v2;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.spi.cgroup.CgroupStats;
import dev.stowbook.spi.cgroup.GroupId;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Reads a group's counters from the v2 files. */
final class StatsReader {
    private final CgroupFiles files;
    private final GroupTree tree;

    StatsReader(CgroupFiles files, GroupTree tree) {
        this.files = files;
        this.tree = tree;
    }

    CgroupStats read(GroupId group) throws LinuxException {
        // cpu.stat of every group counts time, whether or not the hierarchy owns the cpu controller.
        String cpu = readIfThere(tree.directory(group).resolve("cpu.stat"));
        return new CgroupStats(
                micros(cpu, "usage_usec"),
                micros(cpu, "user_usec"),
                micros(cpu, "system_usec"),
                valueOf(cpu, "nr_throttled"),
                number(group, "memory.current"),
                number(group, "memory.peak"),
                oomKills(group),
                number(group, "pids.current"),
                io(group, "rbytes="),
                io(group, "wbytes="));
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
    private OptionalLong io(GroupId group, String key) throws LinuxException {
        if (!tree.hasController("io")) {
            return OptionalLong.empty();
        }
        long sum = 0;
        for (String word : readIfThere(tree.directory(group).resolve("io.stat")).split("\\s+")) {
            if (word.startsWith(key)) {
                sum += Long.parseLong(word.substring(key.length()));
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

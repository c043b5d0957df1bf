package dev.stowbook.linux.cgroup;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Freezes, thaws and kills the processes of a group and of those below it. Threads: any; may block for the time given.
 */
public sealed interface ProcessControl permits UnifiedProcessControl, FreezerProcessControl {

    /**
     * Stops the processes. Idempotent.
     *
     * @param directory of the group in the hierarchy of this control
     * @param patience how long to wait for the kernel to say so
     * @return whether it did
     * @throws LinuxException ENOENT for the group
     */
    boolean freeze(Path directory, Duration patience) throws LinuxException;

    /** Lets them run. Idempotent. */
    void thaw(Path directory) throws LinuxException;

    /**
     * Ends them with SIGKILL such that none forks away, and leaves the group thawed.
     *
     * @param patience how long to wait for them to be frozen first; they are killed in any case
     * @return how many processes were seen
     */
    int kill(Path directory, Duration patience) throws LinuxException;

    /** Processes of this group alone, ascending; those outside the reader's pid namespace are left out. */
    static SortedSet<Integer> processes(CgroupFiles files, Path directory) throws LinuxException {
        var pids = new TreeSet<Integer>();
        for (String line : files.read(directory.resolve("cgroup.procs")).split("\n")) {
            if (!line.isEmpty() && !line.equals("0")) {
                pids.add(Integer.valueOf(line));
            }
        }
        return pids;
    }

    /** Threads of this group alone, ascending: {@code tasks} on v1, {@code cgroup.threads} on v2 (Linux 4.14). */
    static SortedSet<Integer> threads(CgroupFiles files, Path directory) throws LinuxException {
        Path tasks = directory.resolve("tasks");
        var ids = new TreeSet<Integer>();
        for (String line : files.read(files.exists(tasks) ? tasks : directory.resolve("cgroup.threads")).split("\n")) {
            if (!line.isEmpty() && !line.equals("0")) {
                ids.add(Integer.valueOf(line));
            }
        }
        return ids;
    }

    /**
     * Processes of this group and of all below it. A group that goes away meanwhile has none; nor has a threaded one, whose processes
     * are listed by the domain above it (EOPNOTSUPP, cgroup-v2.rst "Threads").
     */
    static SortedSet<Integer> processesBelow(CgroupFiles files, Path directory) throws LinuxException {
        var pids = new TreeSet<Integer>();
        for (Path group : withDescendants(files, directory)) {
            try {
                pids.addAll(processes(files, group));
            } catch (LinuxException e) {
                if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENODEV && e.errno() != Errno.EOPNOTSUPP) {
                    throw e;
                }
            }
        }
        return pids;
    }

    /** A group and all below it, parents first. */
    static List<Path> withDescendants(CgroupFiles files, Path directory) throws LinuxException {
        var all = new ArrayList<Path>();
        all.add(directory);
        for (String child : files.childDirectories(directory)) {
            all.addAll(withDescendants(files, directory.resolve(child)));
        }
        return all;
    }
}

package dev.stowbook.linux.cgroup;

import dev.stowbook.linux.LinuxException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The processors and memory nodes a cpuset may name (cpuset(7)): {@code /sys/devices/system/cpu/online} and
 * {@code /sys/devices/system/node/online}. Immutable, read once.
 *
 * @param cpus numbers of the processors that are online
 * @param nodes numbers of the memory nodes that are online; node 0 where the kernel is built without NUMA
 */
public record OnlineProcessors(SortedSet<Integer> cpus, SortedSet<Integer> nodes) {
    private static final Path CPUS = Path.of("/sys/devices/system/cpu/online");
    private static final Path NODES = Path.of("/sys/devices/system/node/online");

    /** Reads this host. @throws LinuxException ENOENT if sysfs is not mounted */
    public static OnlineProcessors read(CgroupFiles files) throws LinuxException {
        return new OnlineProcessors(numbers(files.read(CPUS)), files.exists(NODES) ? numbers(files.read(NODES)) : numbers("0"));
    }

    /** The kernel's list format, from the kernel itself: {@code 0-2,4}. */
    private static SortedSet<Integer> numbers(String list) {
        var numbers = new TreeSet<Integer>();
        for (String range : list.split(",")) {
            String[] ends = range.split("-");
            for (int number = Integer.parseInt(ends[0]); number <= Integer.parseInt(ends[ends.length - 1]); number++) {
                numbers.add(number);
            }
        }
        return Collections.unmodifiableSortedSet(numbers);
    }
}

package dev.stowbook.spi.cgroup;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** Lists of processors as in cpuset(7) "List format": {@code 0-2,4}. */
public final class CpuList {
    /** More processors than any kernel is built for (CONFIG_NR_CPUS is at most 8192); bounds what a range may expand to. */
    private static final int MAX_CPU = 8191;

    private CpuList() {}

    /** The processors of a list; empty if it is not one. */
    public static Optional<SortedSet<Integer>> parse(String list) {
        var cpus = new TreeSet<Integer>();
        for (String range : list.split(",", -1)) {
            String[] ends = range.split("-", -1);
            if (ends.length > 2) {
                return Optional.empty();
            }
            int first = number(ends[0]);
            int last = number(ends[ends.length - 1]);
            if (first < 0 || last < first) {
                return Optional.empty();
            }
            for (int cpu = first; cpu <= last; cpu++) {
                cpus.add(cpu);
            }
        }
        return Optional.of(Collections.unmodifiableSortedSet(cpus));
    }

    private static int number(String digits) {
        if (!digits.matches("[0-9]{1,4}")) {
            return -1;
        }
        int value = Integer.parseInt(digits);
        return value <= MAX_CPU ? value : -1;
    }
}

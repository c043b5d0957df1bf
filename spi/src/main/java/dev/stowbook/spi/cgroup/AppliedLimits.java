package dev.stowbook.spi.cgroup;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a driver wrote and the kernel took.
 *
 * @param written file name (with its controller on v1, for example {@code memory/memory.limit_in_bytes}) to the value read
 *     back
 * @param clamped what could not be had as it was asked for, one sentence each: a number rounded to pages, a weight beyond the scale
 */
public record AppliedLimits(SortedMap<String, String> written, List<String> clamped) {
    public AppliedLimits {
        written = Collections.unmodifiableSortedMap(new TreeMap<>(written));
        clamped = List.copyOf(clamped);
    }
}

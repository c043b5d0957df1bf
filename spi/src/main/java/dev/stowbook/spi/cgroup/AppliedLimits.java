package dev.stowbook.spi.cgroup;

import java.util.SortedMap;

/**
 * What a driver wrote and the kernel took.
 *
 * @param written file name (with its controller on v1, for example {@code memory/memory.limit_in_bytes}) to the value read
 *     back
 */
public record AppliedLimits(SortedMap<String, String> written) {}

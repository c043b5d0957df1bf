package dev.stowbook.supervisor.model;

import java.util.List;

/**
 * The host's ids that pods are given.
 *
 * @param first the smallest
 * @param ranges how many pods can have users of their own at a time; each takes {@link IdRange#OF_A_POD} ids
 * @param others what somebody else was given, by subuid(5) and subgid(5); no pod gets any of it
 */
public record IdPool(long first, int ranges, List<IdRange> others) {
    /** Inside what systemd sets aside for containers ("Users, Groups, UIDs and GIDs on systemd Systems"), behind what useradd(8) gives out. */
    public static final long DEFAULT_FIRST = 0x4000_0000L;

    /** As many as fit there. */
    public static final int DEFAULT_RANGES = 12_288;

    public IdPool {
        others = List.copyOf(others);
        if (ranges > 0) {
            new IdRange(first, (long) ranges * IdRange.OF_A_POD);
        }
    }

    /** Before the first daemon. */
    public static IdPool none() {
        return new IdPool(0, 0, List.of());
    }

    /** The range of that number. */
    public IdRange range(int number) {
        return IdRange.ofPod(first + (long) number * IdRange.OF_A_POD);
    }
}

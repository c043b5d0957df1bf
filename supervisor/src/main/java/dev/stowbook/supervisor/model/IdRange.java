package dev.stowbook.supervisor.model;

/**
 * User and group ids of the host that follow one another: what a pod's own users are to the host.
 *
 * @param first the smallest; root of the pod is this user of the host
 * @param count how many; 0 inside is {@code first}, {@code count - 1} the last
 */
public record IdRange(long first, long count) {
    /** Ids of one pod: as many as 16 bits name, which is what images use. */
    public static final int OF_A_POD = 65_536;

    /** The largest id of Linux; one more means "no id" (credentials(7)). */
    public static final long LARGEST_ID = 0xFFFF_FFFEL;

    public IdRange {
        if (first < 0 || count < 1 || first + count - 1 > LARGEST_ID) {
            throw new IllegalArgumentException("no range of ids: " + count + " from " + first);
        }
    }

    /** Of a pod, from its first id. */
    public static IdRange ofPod(long first) {
        return new IdRange(first, OF_A_POD);
    }

    /** The first id behind it. */
    public long end() {
        return first + count;
    }

    /** Whether they share an id. */
    public boolean overlaps(IdRange other) {
        return first < other.end() && other.first < end();
    }
}

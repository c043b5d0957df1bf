package dev.stowbook.linux.file;

/**
 * How user and group ids of a user namespace look from outside: those inside begin at 0, those outside at {@code first} (user_namespaces(7)).
 *
 * @param first what 0 inside is outside
 * @param count how many ids there are inside
 */
public record IdShift(long first, long count) {
    /** What an id looks like where it has no meaning (/proc/sys/kernel/overflowuid). */
    public static final int NOBODY = 65_534;

    /** The same ids on both sides. */
    public static final IdShift NONE = new IdShift(0, 0xffff_ffffL);

    /** An id of the host as seen from inside; {@link #NOBODY} if it has no meaning there. */
    public int inside(int outside) {
        long id = Integer.toUnsignedLong(outside) - first;
        return id >= 0 && id < count ? (int) id : NOBODY;
    }

    /** Whether an id has a meaning inside. */
    public boolean has(int inside) {
        return Integer.toUnsignedLong(inside) < count;
    }

    /** An id inside as the host has it. @throws IllegalArgumentException if it has no meaning inside */
    public int outside(int inside) {
        if (!has(inside)) {
            throw new IllegalArgumentException(Integer.toUnsignedString(inside) + " is no id of " + count);
        }
        return (int) (Integer.toUnsignedLong(inside) + first);
    }
}

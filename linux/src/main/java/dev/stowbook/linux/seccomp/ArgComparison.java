package dev.stowbook.linux.seccomp;

/**
 * A comparison of one argument of a system call, unsigned 64 bits.
 *
 * @param index which argument, 0 to 5
 * @param operator how
 * @param value what with; for {@link Operator#MASKED_EQ} the mask
 * @param valueTwo for {@link Operator#MASKED_EQ} what the masked argument must equal; otherwise 0
 */
public record ArgComparison(int index, Operator operator, long value, long valueTwo) {

    /** Names as in profiles, without {@code SCMP_CMP_}; in the order of libseccomp's enum scmp_compare, which starts at 1. */
    public enum Operator {
        NE,
        LT,
        LE,
        EQ,
        GE,
        GT,
        MASKED_EQ;

        int value() {
            return ordinal() + 1;
        }
    }

    /** @throws IllegalArgumentException if there is no such argument */
    public ArgComparison {
        if (index < 0 || index > 5) {
            throw new IllegalArgumentException("a system call has arguments 0 to 5, not " + index);
        }
    }
}

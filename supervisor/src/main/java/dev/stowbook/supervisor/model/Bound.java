package dev.stowbook.supervisor.model;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * How much of something at most: a whole number of what its field counts, or {@code max} for as much as there is.
 *
 * @param text the digits of the number, or {@code max}
 */
public record Bound(String text) implements Comparable<Bound> {
    /** No limit. */
    public static final Bound UNLIMITED = new Bound("max");

    /** At most so much. */
    public static Bound of(long number) {
        return new Bound(Long.toString(number));
    }

    /** The number; empty for no limit. */
    public OptionalLong number() {
        return text.equals("max") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text));
    }

    /** The number of a bound, if there is one and it has one. */
    public static OptionalLong numberOf(Optional<Bound> bound) {
        return bound.map(Bound::number).orElse(OptionalLong.empty());
    }

    /** No limit is more than any number. */
    @Override
    public int compareTo(Bound other) {
        return Long.compareUnsigned(number().orElse(-1), other.number().orElse(-1));
    }
}

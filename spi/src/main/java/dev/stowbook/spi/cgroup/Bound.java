package dev.stowbook.spi.cgroup;

import java.util.OptionalLong;

/** How much a group may have at most: so much, or explicitly as much as there is. */
public sealed interface Bound extends Comparable<Bound> {

    /** No limit. */
    Bound UNLIMITED = new Unlimited();

    /**
     * At most so much.
     *
     * @param value in the unit of the field that holds it
     */
    record Of(long value) implements Bound {}

    /** As much as there is; the group's parents may still limit it. */
    record Unlimited() implements Bound {}

    /** At most so much. */
    static Bound of(long value) {
        return new Of(value);
    }

    /** The number; empty for no limit. */
    default OptionalLong number() {
        return switch (this) {
            case Of(long value) -> OptionalLong.of(value);
            case Unlimited unlimited -> OptionalLong.empty();
        };
    }

    /** As a file of the kernel has it: the number, or that file's own word for no limit. */
    default String text(String unlimited) {
        return switch (this) {
            case Of(long value) -> Long.toString(value);
            case Unlimited none -> unlimited;
        };
    }

    /** No limit is more than any number. */
    @Override
    default int compareTo(Bound other) {
        return Long.compareUnsigned(number().orElse(-1), other.number().orElse(-1));
    }
}

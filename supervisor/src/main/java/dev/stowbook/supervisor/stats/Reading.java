package dev.stowbook.supervisor.stats;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * A sample, and the one before it if there is one, so that rates can be told.
 *
 * @param now the newest
 * @param before the one before
 */
public record Reading(Sample now, Optional<Sample> before) {

    /** Processors in use between the two, 1.0 for one that was always busy. */
    public OptionalDouble processors() {
        if (before.isEmpty()) {
            return OptionalDouble.empty();
        }
        OptionalLong end = now.group().cpu().usageNanos();
        OptionalLong begin = before.get().group().cpu().usageNanos();
        long elapsed = now.monotonicNanos() - before.get().monotonicNanos();
        if (end.isEmpty() || begin.isEmpty() || elapsed <= 0) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(Math.max(0, end.getAsLong() - begin.getAsLong()) / (double) elapsed);
    }
}

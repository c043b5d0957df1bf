package dev.stowbook.supervisor.log;

import java.util.Optional;

/**
 * What checking a log found.
 *
 * @param entries good entries, from the start to the problem or the end
 * @param events events in them
 * @param head the last good entry
 * @param problem what is wrong behind it and where, if anything
 */
public record LogReport(long entries, long events, LogHead head, Optional<String> problem) {

    /** Nothing could be read at all. */
    static LogReport unreadable(String problem) {
        return new LogReport(0, 0, LogHead.EMPTY, Optional.of(problem));
    }

    /** The same, when it is known to have been longer. */
    LogReport endingTooEarly(String place, long sequence) {
        String why = "the file ends there, but events up to " + sequence + " have been written";
        return new LogReport(
                entries, events, head, Optional.of(ChainCheck.damaged(place, events + 1, why).getMessage()));
    }

    /** Whether all of it is good. */
    public boolean good() {
        return problem.isEmpty();
    }
}

package dev.stowbook.supervisor.stream;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;

/** A position in the book, as users name it. */
public sealed interface Position {

    /** The end of the entry that holds that event. */
    record AtSequence(long sequence) implements Position {}

    /** After everything that was decided up to that time. */
    record AtTime(Instant time) implements Position {}

    /** Parses {@code 42} or an RFC 3339 time. @throws IllegalArgumentException with a sentence */
    static Position parse(String text) {
        if (text.matches("[0-9]{1,18}")) {
            return new AtSequence(Long.parseLong(text));
        }
        try {
            return new AtTime(DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(text, Instant::from));
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' is neither a sequence nor an RFC 3339 time such as 2026-01-31T08:00:00Z", e);
        }
    }
}

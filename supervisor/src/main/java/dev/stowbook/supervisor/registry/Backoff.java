package dev.stowbook.supervisor.registry;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** Waits between attempts: twice as long each time, jittered so that many do not come back at once; or as long as the registry says. */
final class Backoff {
    private static final long FIRST_MILLIS = 200;
    private static final long MOST_MILLIS = 10_000;
    private static final Duration LONGEST_WISH = Duration.ofSeconds(60);

    private final int attempts;
    private int failed;

    Backoff(int attempts) {
        this.attempts = attempts;
    }

    /** Something came after all: begin to count anew. */
    void progressed() {
        failed = 0;
    }

    /**
     * Waits; false at once if that was the last attempt, or if the wish is longer than anybody would wait.
     *
     * @param wish {@code Retry-After} (RFC 9110, section 10.2.3): seconds, or a date
     */
    boolean again(Optional<String> wish) throws InterruptedException {
        if (++failed >= attempts) {
            return false;
        }
        long doubled = Math.min(MOST_MILLIS, FIRST_MILLIS << Math.min(failed - 1, 16));
        long millis = doubled / 2 + ThreadLocalRandom.current().nextLong(doubled);
        Duration asked = wish.map(Backoff::asked).orElse(Duration.ZERO);
        if (asked.compareTo(LONGEST_WISH) > 0) {
            return false;
        }
        Thread.sleep(Math.max(millis, asked.toMillis()));
        return true;
    }

    /** What cannot be read is no wish. */
    private static Duration asked(String wish) {
        if (wish.matches("[0-9]{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(wish));
        }
        try {
            return Duration.between(Instant.now(), Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(wish)));
        } catch (DateTimeParseException e) {
            return Duration.ZERO;
        }
    }
}

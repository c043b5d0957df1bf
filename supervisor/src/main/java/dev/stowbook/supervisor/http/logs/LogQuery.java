package dev.stowbook.supervisor.http.logs;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which lines are wanted.
 *
 * @param tail only that many lines at the end; all if empty
 * @param since only what was written at that time or later
 * @param stream only {@code stdout} or only {@code stderr}
 */
public record LogQuery(OptionalLong tail, Optional<Instant> since, Optional<String> stream) {

    boolean wants(LogLine line) {
        return stream.map(line.stream()::equals).orElse(true)
                && since.map(time -> !line.instant().isBefore(time)).orElse(true);
    }
}

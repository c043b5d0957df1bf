package dev.stowbook.supervisor.keeper;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Where output goes.
 *
 * @param logDirectory an existing directory; the files are {@code log}, {@code log.1}, ... Empty: no log
 * @param maxBytes a file is rotated before it grows beyond this
 * @param maxFiles how many files are kept, the current one included
 * @param drain how long output is read on after the process has ended, if somebody else holds the pipe
 */
public record OutputPlan(Optional<Path> logDirectory, long maxBytes, int maxFiles, Duration drain) {

    /** Ten MiB, three files, two seconds. */
    public static OutputPlan to(Path logDirectory) {
        return new OutputPlan(Optional.of(logDirectory), 10L << 20, 3, Duration.ofSeconds(2));
    }

    /** No log: the output of an exec is for its reader alone. */
    public static OutputPlan unlogged() {
        return new OutputPlan(Optional.empty(), 0, 0, Duration.ofSeconds(2));
    }
}

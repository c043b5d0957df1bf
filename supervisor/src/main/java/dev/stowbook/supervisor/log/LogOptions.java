package dev.stowbook.supervisor.log;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How to open a log.
 *
 * @param directory where it lies; made if missing
 * @param reserveBytes room that is left to the rest of the host: an append that would leave less is refused
 * @param verified an entry up to which the log has been checked before (a snapshot's); the check at opening begins there. If it is
 *     not in the log as stated, or empty, all of it is checked
 */
public record LogOptions(Path directory, long reserveBytes, Optional<LogHead> verified) {

    /** What is left free by default. */
    public static final long DEFAULT_RESERVE_BYTES = 64L << 20;

    /** Checks everything, with the default reserve. */
    public static LogOptions in(Path directory) {
        return new LogOptions(directory, DEFAULT_RESERVE_BYTES, Optional.empty());
    }

    /** The same with another reserve. */
    public LogOptions withReserveBytes(long bytes) {
        return new LogOptions(directory, bytes, verified);
    }

    /** The same, checked from an entry on. */
    public LogOptions withVerified(Optional<LogHead> head) {
        return new LogOptions(directory, reserveBytes, head);
    }
}

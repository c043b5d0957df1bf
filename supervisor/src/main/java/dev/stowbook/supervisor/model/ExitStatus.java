package dev.stowbook.supervisor.model;

import java.time.Instant;
import java.util.OptionalInt;

/**
 * How a process ended.
 *
 * @param kind what is known about it
 * @param code what a shell would show: the exit code, or 128 and the signal; 127 not found, 126 not executable, 128 could not be started
 * @param signal the signal that ended it, if one did
 * @param finishedAt when, by the keeper's clock; when it was noticed, if no keeper saw it
 * @param observedLate whether the daemon was away when it happened
 * @param message what went wrong, empty if nothing did
 */
public record ExitStatus(
        Kind kind, int code, OptionalInt signal, Instant finishedAt, boolean observedLate, String message) {

    /** What is known about an end. */
    public enum Kind {
        /** It called exit. */
        EXITED,
        /** A signal ended it. */
        SIGNALLED,
        /** It never ran. */
        START_FAILED,
        /** Its keeper is gone and took the status along; the group was killed. */
        KEEPER_LOST,
        /** The host was started anew. */
        HOST_REBOOTED
    }

    /** Whether a restart policy counts it as a failure. */
    public boolean failed() {
        return code != 0;
    }
}

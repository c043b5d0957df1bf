package dev.stowbook.spi.cgroup;

import java.time.Duration;

/**
 * When to tell of pressure: processes of a group stood still for want of a resource for so long within a window (psi.rst "Monitoring
 * for pressure thresholds"). A trigger tells at most once a window.
 *
 * @param resource what they wait for
 * @param kind whether some of them wait, or all at once
 * @param stall for how long in sum, more than 0 and at most the window
 * @param window within which time, 500 milliseconds to 10 seconds; multiples of 2 seconds where the daemon lacks CAP_SYS_RESOURCE
 */
public record PressureTrigger(Resource resource, Kind kind, Duration stall, Duration window) {

    /** What processes can wait for. */
    public enum Resource {
        CPU,
        MEMORY,
        IO
    }

    /** How many of them wait. */
    public enum Kind {
        SOME,
        FULL
    }
}

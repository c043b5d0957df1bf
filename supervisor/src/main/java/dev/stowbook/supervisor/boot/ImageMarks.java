package dev.stowbook.supervisor.boot;

import java.time.Duration;

/**
 * How full the disk may get.
 *
 * @param highPercent from here on images that no container uses are removed without being asked; {@link #NEVER} to leave them
 * @param lowPercent until here they are removed
 * @param interval how often it is looked at
 */
record ImageMarks(int highPercent, int lowPercent, Duration interval) {
    static final int NEVER = 100;
    static final Duration LEAST_INTERVAL = Duration.ofMillis(100);

    static ImageMarks defaults() {
        return new ImageMarks(NEVER, 80, Duration.ofMinutes(1));
    }
}

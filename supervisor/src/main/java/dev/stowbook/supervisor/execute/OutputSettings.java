package dev.stowbook.supervisor.execute;

import java.time.Duration;

/**
 * How the output of containers is kept.
 *
 * @param maxBytes a log file is rotated before it grows beyond this
 * @param maxFiles how many are kept, the current one included
 * @param drain how long output is read on after the process has ended
 */
public record OutputSettings(long maxBytes, int maxFiles, Duration drain) {

    /** Ten MiB, three files, two seconds. */
    public static OutputSettings defaults() {
        return new OutputSettings(10L << 20, 3, Duration.ofSeconds(2));
    }
}

package dev.stowbook.supervisor.log.chronicle;

import java.time.InstantSource;
import net.openhft.chronicle.core.time.TimeProvider;

/** The time that decides which file is written. Never runs backwards, so that a clock put back cannot lead into an older file. */
final class ForwardTime implements TimeProvider {
    private final InstantSource clock;
    private long latestMillis;

    ForwardTime(InstantSource clock) {
        this.clock = clock;
    }

    synchronized void notBeforeMillis(long millis) {
        latestMillis = Math.max(latestMillis, millis);
    }

    @Override
    public synchronized long currentTimeMillis() {
        latestMillis = Math.max(latestMillis, clock.millis());
        return latestMillis;
    }
}

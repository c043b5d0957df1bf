package dev.stowbook.supervisor.execute;

import dev.stowbook.spi.Observation;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The kernel tells of pressure once a window for as long as it lasts; the book is told once a minute. Any thread. */
public final class PressureNews {
    private static final Duration QUIET = Duration.ofMinutes(1);
    private static final int MANY = 10_000;

    private final Map<String, Long> told = new ConcurrentHashMap<>();

    /** Whether an observation is to be told; {@code nanoTime} as of {@link System#nanoTime}. */
    public boolean isNews(Observation.PressureRose rose, long nanoTime) {
        if (told.size() > MANY) {
            told.values().removeIf(at -> nanoTime - at >= QUIET.toNanos());
        }
        boolean[] news = new boolean[1];
        told.compute(rose.target() + " " + rose.trigger(), (key, at) -> {
            news[0] = at == null || nanoTime - at >= QUIET.toNanos();
            return news[0] ? nanoTime : at;
        });
        return news[0];
    }
}

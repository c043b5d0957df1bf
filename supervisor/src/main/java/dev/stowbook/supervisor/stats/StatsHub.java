package dev.stowbook.supervisor.stats;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Shares readings. A container that somebody watches is read once in an interval and everybody is told; one that nobody watches is not
 * read at all. Who asks for a single reading gets the last one if it is fresh, or joins the read that is under way. A container that
 * does not run is not read; its watchers are told when it runs again, until it is removed.
 *
 * <p>Safe for use from any thread; nothing blocks. Watchers are called on whatever thread a read completes on, one reading at a time, and
 * must not block.
 */
public final class StatsHub {
    /** Calls something again and again until what it returns is run. */
    public interface Timer {
        Runnable every(Duration interval, Runnable tick);
    }

    /** Somebody who watches a container. */
    public interface Watcher {
        void told(Reading reading);

        /** The container is removed: nothing more will come. */
        void over();
    }

    private static final class Watched {
        final Set<Watcher> watchers = new HashSet<>();
        @Nullable CompletableFuture<Reading> underWay;
        @Nullable Sample last;
        long lastNanos;

        boolean isFresh(Duration interval) {
            return last != null && System.nanoTime() - lastNanos < interval.toNanos();
        }
    }

    private final SampleSource source;
    private final Supplier<State> state;
    private final Timer timer;
    private final Duration interval;

    /** Guarded by this. */
    private final Map<ContainerId, Watched> containers = new HashMap<>();

    private @Nullable Runnable stopTicking;

    /**
     * A hub that reads nothing yet.
     *
     * @param state the newest durable state
     * @param interval between two reads of a watched container
     */
    public StatsHub(SampleSource source, Supplier<State> state, Timer timer, Duration interval) {
        this.source = source;
        this.state = state;
        this.timer = timer;
        this.interval = interval;
    }

    /** Tells a watcher from now on, first at once. @return ends it */
    public Runnable watch(ContainerId id, Watcher watcher) {
        Sample fresh;
        synchronized (this) {
            Watched watched = containers.computeIfAbsent(id, any -> new Watched());
            watched.watchers.add(watcher);
            fresh = watched.isFresh(interval) ? watched.last : null;
            if (stopTicking == null) {
                stopTicking = timer.every(interval, this::tick);
            }
        }
        if (fresh == null) {
            read(id);
        } else {
            watcher.told(new Reading(fresh, Optional.empty()));
        }
        return () -> leave(id, watcher);
    }

    private synchronized void leave(ContainerId id, Watcher watcher) {
        Watched watched = containers.get(id);
        if (watched != null && watched.watchers.remove(watcher)) {
            forgetIfUnwatched(id, watched);
        }
    }

    private void forgetIfUnwatched(ContainerId id, Watched watched) {
        if (watched.watchers.isEmpty() && watched.underWay == null) {
            containers.remove(id);
        }
        if (containers.values().stream().allMatch(each -> each.watchers.isEmpty()) && stopTicking != null) {
            stopTicking.run();
            stopTicking = null;
        }
    }

    /** How many containers are read again and again. */
    public synchronized int watched() {
        return (int) containers.values().stream().filter(each -> !each.watchers.isEmpty()).count();
    }

    /** One reading: the last if it is younger than the interval, else a new one. Fails if the container does not run. */
    public CompletableFuture<Reading> once(Container container) {
        synchronized (this) {
            Watched watched = containers.get(container.id());
            if (watched != null && watched.last != null && watched.isFresh(interval)) {
                return CompletableFuture.completedFuture(new Reading(watched.last, Optional.empty()));
            }
        }
        return read(container.id());
    }

    private void tick() {
        List<ContainerId> all;
        synchronized (this) {
            all = List.copyOf(containers.keySet());
        }
        State now = state.get();
        for (ContainerId id : all) {
            if (now.containers().containsKey(id)) {
                read(id);
            } else {
                end(id);
            }
        }
    }

    private void end(ContainerId id) {
        List<Watcher> ended;
        synchronized (this) {
            Watched watched = containers.get(id);
            if (watched == null) {
                return;
            }
            ended = List.copyOf(watched.watchers);
            watched.watchers.clear();
            forgetIfUnwatched(id, watched);
        }
        ended.forEach(Watcher::over);
    }

    /** Begins a read, or joins the one under way. */
    private CompletableFuture<Reading> read(ContainerId id) {
        Container container = state.get().containers().get(id);
        if (container == null || container.running().isEmpty()) {
            return CompletableFuture.failedFuture(new IllegalStateException("the container does not run"));
        }
        CompletableFuture<Reading> reading = new CompletableFuture<>();
        synchronized (this) {
            Watched watched = containers.computeIfAbsent(id, any -> new Watched());
            if (watched.underWay != null) {
                return watched.underWay;
            }
            watched.underWay = reading;
        }
        source.read(container).whenComplete((sample, failure) -> {
            List<Consumer<Reading>> tell = new ArrayList<>();
            Reading told = landed(id, sample, tell);
            if (told == null) {
                reading.completeExceptionally(failure);
            } else {
                tell.forEach(watcher -> watcher.accept(told));
                reading.complete(told);
            }
        });
        return reading;
    }

    private synchronized @Nullable Reading landed(ContainerId id, @Nullable Sample sample, List<Consumer<Reading>> tell) {
        Watched watched = containers.get(id);
        Reading told = null;
        if (watched != null) {
            watched.underWay = null;
            if (sample != null) {
                told = new Reading(sample, Optional.ofNullable(watched.last));
                watched.last = sample;
                watched.lastNanos = System.nanoTime();
                watched.watchers.forEach(watcher -> tell.add(watcher::told));
            }
            forgetIfUnwatched(id, watched);
        }
        return told;
    }
}

package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.execute.Workers;
import dev.stowbook.supervisor.log.snapshot.StateSnapshots;
import dev.stowbook.supervisor.loop.CommandLoop;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes a snapshot now and then, so that a daemon starts in the time of the tail and not of the whole book. */
final class Snapshotter {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshotter.class);

    private final StateSnapshots snapshots;
    private final Workers workers;
    private final long every;
    private final AtomicBoolean busy = new AtomicBoolean();
    private long last;

    Snapshotter(StateSnapshots snapshots, Workers workers, long every, long last) {
        this.snapshots = snapshots;
        this.workers = workers;
        this.every = every;
        this.last = last;
    }

    /** A new durable state. Loop thread. */
    void durable(CommandLoop.Published published) {
        if (published.head().sequence() - last < every || !busy.compareAndSet(false, true)) {
            return;
        }
        last = published.head().sequence();
        workers.call(() -> {
                    snapshots.write(published.head(), published.state());
                    return true;
                })
                .whenComplete((done, failure) -> {
                    busy.set(false);
                    if (failure != null) {
                        LOG.warn("no snapshot at {}: {}", published.head().sequence(), failure.getMessage());
                    }
                });
    }
}

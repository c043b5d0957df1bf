package dev.stowbook.supervisor.driver;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/** Deadlines that pass when a test says so, so that none passes before its call has begun, however late that is. */
final class HandDeadlines extends Deadlines {
    private record Watched(Duration deadline, Runnable expired, CompletableFuture<Void> cancelled) {}

    private final List<Watched> watched = new ArrayList<>();

    @Override
    Future<?> after(Duration deadline, Runnable expired) {
        Watched one = new Watched(deadline, expired, new CompletableFuture<>());
        synchronized (watched) {
            watched.add(one);
        }
        return one.cancelled();
    }

    /** Those of at most that long are over. */
    void pass(Duration longest) {
        List<Watched> over = new ArrayList<>();
        synchronized (watched) {
            for (Iterator<Watched> each = watched.iterator(); each.hasNext(); ) {
                Watched one = each.next();
                if (one.deadline().compareTo(longest) <= 0) {
                    each.remove();
                    over.add(one);
                }
            }
        }
        over.stream().filter(one -> !one.cancelled().isCancelled()).forEach(one -> one.expired().run());
    }
}

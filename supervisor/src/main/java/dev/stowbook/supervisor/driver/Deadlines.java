package dev.stowbook.supervisor.driver;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The one thread that watches deadlines of driver calls. Not final: tests let deadlines pass by hand. */
class Deadlines implements AutoCloseable {
    private final ScheduledThreadPoolExecutor timer;

    Deadlines() {
        timer = new ScheduledThreadPoolExecutor(
                1, task -> Thread.ofPlatform().daemon().name("driver-deadlines").unstarted(task));
        timer.setRemoveOnCancelPolicy(true);
    }

    Future<?> after(Duration deadline, Runnable expired) {
        return timer.schedule(expired, deadline.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}

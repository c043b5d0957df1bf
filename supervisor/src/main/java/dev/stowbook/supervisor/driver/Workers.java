package dev.stowbook.supervisor.driver;

import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The platform threads on which one driver is called. A driver may block in native code, which would pin a virtual thread's
 * carrier. A thread is made when none waits for a task,
 * and ends after a minute of idleness.
 */
final class Workers {
    /** Four starts of three parallel steps each, and the calls that may hang before the breaker opens. */
    static final int MAX_THREADS = 4 * 3 + CircuitBreaker.MAX_HANGING;

    private Workers() {}

    static ThreadPoolExecutor named(String driver) {
        var number = new AtomicInteger();
        return new ThreadPoolExecutor(
                1,
                MAX_THREADS,
                60,
                TimeUnit.SECONDS,
                new HandOver(),
                task -> Thread.ofPlatform()
                        .daemon()
                        .name("driver-" + driver + "-" + number.incrementAndGet())
                        .unstarted(task),
                (task, pool) -> {
                    if (pool.isShutdown()) {
                        throw new RejectedExecutionException("driver " + driver + " is closed");
                    }
                    ((HandOver) pool.getQueue()).store(task);
                });
    }

    /** Takes a task only if a thread waits for one, so that the pool makes a thread first and queues when it may make no more. */
    private static final class HandOver extends LinkedTransferQueue<Runnable> {
        private static final long serialVersionUID = 1L;

        @Override
        public boolean offer(Runnable task) {
            return tryTransfer(task);
        }

        void store(Runnable task) {
            super.offer(task);
        }
    }
}

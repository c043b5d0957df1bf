package dev.stowbook.supervisor.driver;

import dev.stowbook.spi.Driver;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only way to call a driver. Calls run on the driver's own platform threads; at most one is in flight per target, further
 * ones for the same target wait in order. Every call ends by its deadline, counted from {@link #call}:
 *
 * <ul>
 *   <li>returned in time: its result or its {@link DriverException};
 *   <li>begun and not returned: {@link DriverErrorCode#UNKNOWN}. The target stays closed until the call returns. An
 *       {@code inspect} called next waits for that, then tells what became of it;
 *   <li>not begun, because an earlier call for the target had not returned: {@link DriverErrorCode#BUSY}; it never runs;
 *   <li>refused by the circuit breaker: {@link DriverErrorCode#UNAVAILABLE}; it never runs;
 *   <li>threw anything else, or answered null: {@link DriverErrorCode#IO}, the class named.
 * </ul>
 *
 * <p>Futures complete on a driver thread or on the thread that watches deadlines: what depends on them must not block there.
 * Safe for use from any thread; no method blocks, except {@link #close}.
 *
 * @param <D> the driver interface
 */
public final class GuardedDriver<D extends Driver> implements AutoCloseable {
    static final int MAX_WAITING_PER_TARGET = 256;
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(GuardedDriver.class);

    private final String name;
    private final D driver;
    private final Set<? extends Enum<?>> capabilities;
    private final Duration longest;
    private final Deadlines deadlines;
    private final CircuitBreaker breaker;
    private final ThreadPoolExecutor workers;

    /** The calls of each target that has one in flight: those that wait for it. Guarded by itself. */
    private final Map<String, ArrayDeque<GuardedCall<D, ?>>> targets = new HashMap<>();

    private boolean closed;

    GuardedDriver(
            String name,
            D driver,
            Set<? extends Enum<?>> capabilities,
            Duration longest,
            Deadlines deadlines,
            CircuitBreaker breaker) {
        this.name = name;
        this.driver = driver;
        this.capabilities = Set.copyOf(capabilities);
        this.longest = longest;
        this.deadlines = deadlines;
        this.breaker = breaker;
        this.workers = Workers.named(name);
    }

    /** The driver's name, as in the configuration. */
    public String name() {
        return name;
    }

    /** What the driver's provider said it can do. */
    public Set<? extends Enum<?>> capabilities() {
        return capabilities;
    }

    /** How many calls passed their deadline and still run. */
    public int hangingCalls() {
        return breaker.hanging();
    }

    /**
     * Calls a verb that answers something.
     *
     * @param operation the verb, for messages
     * @param target the id that at most one call at a time may be about
     * @param deadline from now; the configured one where that is sooner
     * @return completes exceptionally with {@link DriverException} and nothing else
     */
    public <T> CompletableFuture<T> call(
            String operation, String target, Duration deadline, DriverCall<? super D, T> call) {
        Duration sooner = deadline.compareTo(longest) < 0 ? deadline : longest;
        return begin(new GuardedCall<D, T>(this, operation, target, sooner, call));
    }

    /**
     * Calls {@code inspect} or the like as soon as the target is free again, which takes as long as a hanging call takes to return.
     *
     * @param patience for how long that is waited for, whatever is configured
     */
    public <T> CompletableFuture<T> callWhenFree(
            String operation, String target, Duration patience, DriverCall<? super D, T> call) {
        return begin(new GuardedCall<D, T>(this, operation, target, patience, call));
    }

    private <T> CompletableFuture<T> begin(GuardedCall<D, T> pending) {
        DriverException refusal = enqueue(pending);
        if (refusal != null) {
            pending.refuse(refusal);
        }
        return pending.outcome();
    }

    /** As {@link #call}, for a verb without a result. */
    public CompletableFuture<Void> run(
            String operation, String target, Duration deadline, DriverAction<? super D> action) {
        return call(operation, target, deadline, driver -> {
                    action.on(driver);
                    return Boolean.TRUE;
                })
                .thenApply(done -> null);
    }

    private @Nullable DriverException enqueue(GuardedCall<D, ?> call) {
        boolean first;
        synchronized (targets) {
            if (closed) {
                return closedFailure(call);
            }
            var waiting = targets.get(call.target());
            first = waiting == null;
            if (waiting == null) {
                targets.put(call.target(), new ArrayDeque<>(2));
            } else if (waiting.size() >= MAX_WAITING_PER_TARGET) {
                return call.failure(DriverErrorCode.BUSY, waiting.size() + " calls wait already; nothing was done");
            } else {
                waiting.add(call);
            }
        }
        call.watch(deadlines);
        if (first) {
            dispatch(call);
        }
        return null;
    }

    private void dispatch(GuardedCall<D, ?> call) {
        try {
            workers.execute(call);
        } catch (RejectedExecutionException e) {
            call.refuse(closedFailure(call));
            released(call.target());
        }
    }

    private DriverException closedFailure(GuardedCall<D, ?> call) {
        return call.failure(DriverErrorCode.UNAVAILABLE, "driver " + name + " is closed; nothing was done");
    }

    /** The call in flight returned: the next one for its target may begin. */
    void released(String target) {
        GuardedCall<D, ?> next;
        synchronized (targets) {
            next = targets.get(target) instanceof ArrayDeque<GuardedCall<D, ?>> waiting ? waiting.poll() : null;
            if (next == null) {
                targets.remove(target);
                return;
            }
        }
        dispatch(next);
    }

    /** A call expired before it began. */
    void forget(GuardedCall<D, ?> call) {
        synchronized (targets) {
            var waiting = targets.get(call.target());
            if (waiting != null) {
                waiting.remove(call);
            }
        }
    }

    String driverName() {
        return name;
    }

    D driver() {
        return driver;
    }

    CircuitBreaker breaker() {
        return breaker;
    }

    /** Lets calls in flight end for up to five seconds, then closes the driver. Kernel objects stay. */
    @Override
    public void close() {
        synchronized (targets) {
            if (closed) {
                return;
            }
            closed = true;
        }
        var done = new CompletableFuture<Void>();
        Thread.ofPlatform().daemon().name("driver-" + name + "-close").start(() -> {
            try {
                awaitIdle();
                driver.close();
                done.complete(null);
            } catch (Throwable e) { // whatever a driver throws must not keep the others from closing
                done.completeExceptionally(e);
            }
        });
        try {
            done.get(2 * CLOSE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("Driver {} did not close: {}", name, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        workers.shutdown();
    }

    private void awaitIdle() throws InterruptedException {
        long end = System.nanoTime() + CLOSE_DEADLINE.toNanos();
        while (System.nanoTime() < end) {
            synchronized (targets) {
                if (targets.isEmpty()) {
                    return;
                }
            }
            Thread.sleep(5);
        }
    }
}

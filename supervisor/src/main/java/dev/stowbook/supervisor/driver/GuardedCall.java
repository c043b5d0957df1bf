package dev.stowbook.supervisor.driver;

import dev.stowbook.spi.Driver;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call of a driver from its request to its outcome. */
final class GuardedCall<D extends Driver, T> implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(GuardedCall.class);

    private enum Phase {
        WAITING,
        RUNNING,
        /** Passed its deadline; if it had begun it still runs. */
        EXPIRED,
        DONE
    }

    private final GuardedDriver<D> guard;
    private final String operation;
    private final String target;
    private final Duration deadline;
    private final DriverCall<? super D, T> call;
    private final CompletableFuture<T> outcome = new CompletableFuture<>();
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.WAITING);
    private volatile @Nullable Future<?> timer;

    GuardedCall(
            GuardedDriver<D> guard, String operation, String target, Duration deadline, DriverCall<? super D, T> call) {
        this.guard = guard;
        this.operation = operation;
        this.target = target;
        this.deadline = deadline;
        this.call = call;
    }

    String target() {
        return target;
    }

    CompletableFuture<T> outcome() {
        return outcome;
    }

    void watch(Deadlines deadlines) {
        timer = deadlines.after(deadline, this::expire);
    }

    void refuse(DriverException refusal) {
        phase.set(Phase.DONE);
        stopTimer();
        outcome.completeExceptionally(refusal);
    }

    @Override
    public void run() {
        if (!phase.compareAndSet(Phase.WAITING, Phase.RUNNING)) {
            guard.released(target);
            return;
        }
        var refusal = guard.breaker().refusal();
        if (refusal.isPresent()) {
            boolean mine = phase.compareAndSet(Phase.RUNNING, Phase.DONE);
            guard.released(target);
            if (mine) {
                refuse(failure(
                        DriverErrorCode.UNAVAILABLE,
                        "driver " + guard.driverName() + " is not called: " + refusal.get() + "; nothing was done"));
            }
            return;
        }
        T result = null;
        DriverException failure = null;
        boolean fault = false;
        try {
            result = call.on(guard.driver());
            if (result == null) {
                fault = true;
                failure = failure(DriverErrorCode.IO, "driver " + guard.driverName() + " answered null");
            }
        } catch (DriverException e) {
            failure = e;
        } catch (Throwable e) { // a driver's bug is its own: nothing it throws may end a thread or the daemon
            fault = true;
            failure = new DriverException(
                    DriverErrorCode.IO, 0, operation, target, "driver " + guard.driverName() + " threw " + describe(e), e);
        }
        finish(result, failure, fault);
    }

    private void finish(@Nullable T result, @Nullable DriverException failure, boolean fault) {
        boolean inTime = phase.compareAndSet(Phase.RUNNING, Phase.DONE);
        if (!inTime) {
            guard.breaker().returned();
            LOG.info("Driver {}: {} of {} returned after its deadline", guard.driverName(), operation, target);
        } else if (fault) {
            guard.breaker().faulted();
            LOG.warn("Driver {}: {}", guard.driverName(), failure == null ? "" : failure.getMessage(), failure);
        } else {
            guard.breaker().answered();
        }
        guard.released(target);
        if (!inTime) {
            return;
        }
        stopTimer();
        if (failure != null) {
            outcome.completeExceptionally(failure);
        } else {
            outcome.complete(result);
        }
    }

    private void expire() {
        if (phase.compareAndSet(Phase.WAITING, Phase.EXPIRED)) {
            guard.forget(this);
            outcome.completeExceptionally(failure(
                    DriverErrorCode.BUSY,
                    "an earlier call for it had not returned after " + deadline.toMillis() + " ms; nothing was done"));
        } else if (phase.compareAndSet(Phase.RUNNING, Phase.EXPIRED)) {
            guard.breaker().hung();
            LOG.warn("Driver {}: {} of {} hangs", guard.driverName(), operation, target);
            outcome.completeExceptionally(failure(
                    DriverErrorCode.UNKNOWN,
                    "driver " + guard.driverName() + " did not return within " + deadline.toMillis()
                            + " ms; the target stays closed until it does"));
        }
    }

    private void stopTimer() {
        Future<?> running = timer;
        if (running != null) {
            running.cancel(false);
        }
    }

    DriverException failure(DriverErrorCode code, String detail) {
        return new DriverException(code, 0, operation, target, detail);
    }

    private static String describe(Throwable thrown) {
        try {
            String message = thrown.getMessage();
            return thrown.getClass().getName() + (message == null ? "" : " (" + message + ")");
        } catch (RuntimeException | Error hostile) { // getMessage is the driver's code too
            return thrown.getClass().getName();
        }
    }
}

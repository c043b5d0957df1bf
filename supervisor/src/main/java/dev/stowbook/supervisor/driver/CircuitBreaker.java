package dev.stowbook.supervisor.driver;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Decides whether a driver may be called. Opens when too many calls did not return, until enough of them do; and after too
 * many faults in a row, for a cooling time, after which one call is let through to try. Typed failures of a driver are answers,
 * not faults. Safe for use from any thread.
 */
final class CircuitBreaker {
    static final int MAX_HANGING = 4;
    static final int MAX_FAULTS_IN_A_ROW = 5;
    static final Duration COOLING = Duration.ofSeconds(10);

    private final LongSupplier nanoTime;
    private int hanging;
    private int faultsInARow;
    private long closedUntilNanos;
    private boolean trying;

    CircuitBreaker(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Empty if a call may begin; else why not. A call let in must be followed by answered, faulted or hung. */
    synchronized Optional<String> refusal() {
        if (hanging >= MAX_HANGING) {
            return Optional.of(hanging + " of its calls have not returned");
        }
        if (faultsInARow < MAX_FAULTS_IN_A_ROW) {
            return Optional.empty();
        }
        long left = closedUntilNanos - nanoTime.getAsLong();
        if (left > 0 || trying) {
            return Optional.of(faultsInARow + " of its calls in a row hung or threw; it is tried again "
                    + (left > 0 ? "in " + Duration.ofNanos(left).toMillis() + " ms" : "right now"));
        }
        trying = true;
        return Optional.empty();
    }

    /** A call returned in time with a result or a typed failure. */
    synchronized void answered() {
        faultsInARow = 0;
        trying = false;
    }

    /** A call threw what it must not throw, or answered null. */
    synchronized void faulted() {
        faultsInARow++;
        trying = false;
        closedUntilNanos = nanoTime.getAsLong() + COOLING.toNanos();
    }

    /** A call passed its deadline and still runs. */
    synchronized void hung() {
        hanging++;
        faulted();
    }

    /** A call that had passed its deadline returned after all. */
    synchronized void returned() {
        hanging--;
    }

    synchronized int hanging() {
        return hanging;
    }
}

package dev.stowbook.linux.cgroup;

import dev.stowbook.linux.LinuxException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waiting for the kernel with growing pauses: 50 microseconds at first, 10 milliseconds at most. */
public final class Patience {
    private static final long FIRST_PAUSE_NANOS = 50_000;
    private static final long LONGEST_PAUSE_NANOS = 10_000_000;

    private Patience() {}

    /** A question to the kernel. */
    @FunctionalInterface
    public interface Question {
        /** Whether it is so now. */
        boolean ask() throws LinuxException;
    }

    /** Asks until the answer is yes or the time is over. @return the last answer */
    public static boolean until(Duration limit, Question question) throws LinuxException {
        long deadline = System.nanoTime() + limit.toNanos();
        long pause = FIRST_PAUSE_NANOS;
        while (true) {
            if (question.ask()) {
                return true;
            }
            if (System.nanoTime() >= deadline) {
                return false;
            }
            LockSupport.parkNanos(pause);
            pause = Math.min(pause * 2, LONGEST_PAUSE_NANOS);
        }
    }
}

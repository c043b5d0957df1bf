package dev.stowbook.supervisor.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.Driver;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class GuardedDriverTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(100);

    private final AtomicLong clock = new AtomicLong();
    private final HandDeadlines deadlines = new HandDeadlines();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final GuardedDriver<Driver> driver = new GuardedDriver<>(
            "fake", () -> closed.set(true), Set.of(), LONG, deadlines, new CircuitBreaker(clock::get));
    private final CountDownLatch hang = new CountDownLatch(1);
    private final Semaphore hanging = new Semaphore(0);

    @AfterEach
    void close() {
        hang.countDown();
        driver.close();
        deadlines.close();
        assertTrue(closed.get());
    }

    @Test
    void callsForOneTargetRunOneAtATimeInOrderAndThoseForOthersBeside() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        var running = new ConcurrentHashMap<String, AtomicInteger>();
        var order = new ConcurrentHashMap<String, ConcurrentLinkedQueue<Integer>>();
        var futures = new ArrayList<CompletableFuture<Integer>>();
        for (int i = 0; i < 400; i++) {
            String target = "t" + random.nextInt(5);
            int number = i;
            int pauseMicros = random.nextInt(200);
            futures.add(driver.call("verb", target, LONG, d -> {
                int beside = running.computeIfAbsent(target, t -> new AtomicInteger()).incrementAndGet();
                order.computeIfAbsent(target, t -> new ConcurrentLinkedQueue<>()).add(number);
                java.util.concurrent.locks.LockSupport.parkNanos(pauseMicros * 1000L);
                running.get(target).decrementAndGet();
                return beside;
            }));
        }
        for (var future : futures) {
            assertEquals(1, future.get(60, TimeUnit.SECONDS));
        }
        order.values().forEach(numbers -> assertEquals(numbers.stream().sorted().toList(), List.copyOf(numbers)));
    }

    @Test
    void fourStartsOfThreeStepsEachRunAtOnce() throws Exception {
        var all = new CyclicBarrier(12);
        var futures = new ArrayList<CompletableFuture<Integer>>();
        for (int i = 0; i < 12; i++) {
            futures.add(driver.call("verb", "t" + i, LONG, d -> {
                try {
                    return all.await(60, TimeUnit.SECONDS);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        for (var future : futures) {
            future.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void threadsAreMadeWhenNeededNeverTooManyAndCarryTheDriversName() throws Exception {
        while (!threads().isEmpty()) {
            Thread.sleep(10); // those of an earlier test's driver, which has been closed, are about to end
        }
        for (int i = 0; i < 50; i++) {
            driver.call("verb", "t", LONG, d -> 1).get();
        }
        assertTrue(threads().size() <= Workers.MAX_THREADS, () -> threads().toString());
        assertTrue(threads().stream().allMatch(Thread::isDaemon));
    }

    @Test
    void theConfiguredDeadlineHoldsWhereItIsSoonerButNotForWhatWaitsUntilTheTargetIsFree() throws Exception {
        try (var quick = new GuardedDriver<Driver>("quick", () -> {}, Set.of(), SHORT, deadlines, new CircuitBreaker(clock::get))) {
            DriverException late = failure(hung(quick.call("mount", "t", LONG, d -> hang())));
            assertEquals(DriverErrorCode.UNKNOWN, late.code());
            assertTrue(late.getMessage().contains("did not return within 100 ms"), late.getMessage());
            var inspect = quick.callWhenFree("inspect", "t", LONG, d -> "PRESENT");
            var refused = quick.call("mount", "t", LONG, d -> 1);
            deadlines.pass(SHORT);
            assertEquals(DriverErrorCode.BUSY, failure(refused).code());
            hang.countDown();
            assertEquals("PRESENT", inspect.get(60, TimeUnit.SECONDS));
        }
    }

    @Test
    void aCallPastItsDeadlineIsUnknownAndItsTargetStaysClosedUntilItReturns() throws Exception {
        var late = hung(driver.call("prepare", "layer", SHORT, d -> hang()));
        assertEquals(DriverErrorCode.UNKNOWN, failure(late).code());
        var refused = driver.call("prepare", "layer", SHORT, d -> "must not run");
        var inspect = driver.call("inspect", "layer", LONG, d -> "PRESENT");
        deadlines.pass(SHORT);
        assertEquals(DriverErrorCode.BUSY, failure(refused).code());
        assertFalse(inspect.isDone());
        assertEquals(1, driver.hangingCalls());
        assertEquals("fine", driver.call("prepare", "other", LONG, d -> "fine").get(60, TimeUnit.SECONDS));
        hang.countDown();
        assertEquals("PRESENT", inspect.get(60, TimeUnit.SECONDS));
        assertEquals(0, driver.hangingCalls());
    }

    @Test
    void aCallThatExpiredWhileItWaitedNeverRuns() throws Exception {
        var ran = new AtomicBoolean();
        var first = driver.call("freeze", "group", LONG, d -> hang());
        var second = driver.run("kill", "group", SHORT, d -> ran.set(true));
        deadlines.pass(SHORT);
        assertEquals(DriverErrorCode.BUSY, failure(second).code());
        hang.countDown();
        first.get(60, TimeUnit.SECONDS);
        driver.call("inspect", "group", LONG, d -> 1).get(60, TimeUnit.SECONDS);
        assertFalse(ran.get());
    }

    @Test
    void whatADriverThrowsBecomesATypedFailureThatNamesTheClass() throws Exception {
        var typed = new DriverException(DriverErrorCode.NO_SPACE, 28, "write", "x", "disk full");
        assertEquals(typed, failure(driver.call("verb", "t", LONG, d -> {
            throw typed;
        })));
        var bug = failure(driver.call("verb", "t", LONG, d -> {
            throw new IllegalStateException("oops");
        }));
        assertEquals(DriverErrorCode.IO, bug.code());
        assertEquals("verb t: driver fake threw java.lang.IllegalStateException (oops)", bug.getMessage());
        var hostile = failure(driver.call("verb", "t", LONG, d -> {
            throw new HostileError();
        }));
        assertTrue(hostile.getMessage().endsWith("HostileError"), hostile.getMessage());
        assertEquals(DriverErrorCode.IO, failure(driver.call("verb", "t", LONG, d -> null)).code());
    }

    @Test
    void aDriverWithTooManyHangingCallsIsNotCalledUntilSomeReturn() throws Exception {
        for (int i = 0; i < CircuitBreaker.MAX_HANGING; i++) {
            assertEquals(DriverErrorCode.UNKNOWN, failure(hung(driver.call("verb", "t" + i, SHORT, d -> hang()))).code());
        }
        var refused = failure(driver.call("verb", "new", LONG, d -> "must not run"));
        assertEquals(DriverErrorCode.UNAVAILABLE, refused.code());
        assertTrue(refused.getMessage().contains("4 of its calls have not returned"), refused.getMessage());
        try (var other = new GuardedDriver<Driver>("other", () -> {}, Set.of(), LONG, deadlines, new CircuitBreaker(clock::get))) {
            assertEquals("fine", other.call("verb", "t0", LONG, d -> "fine").get(60, TimeUnit.SECONDS));
        }
        hang.countDown();
        for (int i = 0; i < CircuitBreaker.MAX_HANGING; i++) {
            assertEquals(1, driver.call("verb", "t" + i, LONG, d -> 1).get(60, TimeUnit.SECONDS));
        }
    }

    @Test
    void aDriverThatFaultsInARowIsLeftToCoolThenTriedWithOneCall() throws Exception {
        for (int i = 0; i < CircuitBreaker.MAX_FAULTS_IN_A_ROW; i++) {
            assertEquals(DriverErrorCode.IO, failure(driver.call("verb", "t", LONG, d -> null)).code());
        }
        assertEquals(DriverErrorCode.UNAVAILABLE, failure(driver.call("verb", "t", LONG, d -> 1)).code());
        clock.addAndGet(CircuitBreaker.COOLING.toNanos() + 1);
        var begun = new CountDownLatch(1);
        var trial = driver.call("verb", "t", LONG, d -> {
            begun.countDown();
            return hang();
        });
        assertTrue(begun.await(60, TimeUnit.SECONDS));
        assertEquals(DriverErrorCode.UNAVAILABLE, failure(driver.call("verb", "u", LONG, d -> 1)).code());
        hang.countDown();
        trial.get(60, TimeUnit.SECONDS);
        assertEquals(1, driver.call("verb", "t", LONG, d -> 1).get(60, TimeUnit.SECONDS));
    }

    @Test
    void typedFailuresOfADriverDoNotOpenTheBreaker() throws Exception {
        for (int i = 0; i < 20; i++) {
            assertEquals(DriverErrorCode.NOT_FOUND, failure(driver.call("verb", "t", LONG, d -> {
                        throw new DriverException(DriverErrorCode.NOT_FOUND, 2, "stat", "t", "no such thing");
                    })).code());
        }
    }

    @Test
    void aClosedDriverRefusesAndAFloodForOneTargetIsRefused() throws Exception {
        var first = driver.call("verb", "t", LONG, d -> hang());
        for (int i = 0; i < GuardedDriver.MAX_WAITING_PER_TARGET; i++) {
            driver.call("verb", "t", LONG, d -> 1);
        }
        assertEquals(DriverErrorCode.BUSY, failure(driver.call("verb", "t", LONG, d -> 1)).code());
        hang.countDown();
        first.get(60, TimeUnit.SECONDS);
        driver.close();
        assertEquals(DriverErrorCode.UNAVAILABLE, failure(driver.call("verb", "t", LONG, d -> 1)).code());
    }

    @Test
    void theGuardCostsMicroseconds() throws Exception {
        int rounds = 20_000;
        long[] nanos = new long[rounds];
        try (Deadlines real = new Deadlines();
                var guarded = new GuardedDriver<Driver>("timed", () -> {}, Set.of(), LONG, real, new CircuitBreaker(clock::get))) {
            for (int i = 0; i < rounds; i++) {
                long start = System.nanoTime();
                guarded.call("verb", "t" + i % 10, LONG, d -> 1).get();
                nanos[i] = System.nanoTime() - start;
            }
        }
        long[] warm = Arrays.copyOfRange(nanos, rounds / 2, rounds);
        Arrays.sort(warm);
        System.out.printf("guarded call, there and back: p10 %.1f us, p50 %.1f us, p99 %.1f us%n",
                warm[warm.length / 10] / 1e3, warm[warm.length / 2] / 1e3, warm[warm.length * 99 / 100] / 1e3);
        // microseconds on a machine of one's own; a lock or a timer that is waited for would cost more than a busy machine does
        assertTrue(warm[warm.length / 10] < 5_000_000, "p10 of a guarded call is " + warm[warm.length / 10] + " ns");
    }

    /** Lets a call's deadline pass when it has begun to hang. */
    private <T> CompletableFuture<T> hung(CompletableFuture<T> call) throws InterruptedException {
        hanging.acquire();
        deadlines.pass(SHORT);
        return call;
    }

    private String hang() {
        hanging.release();
        try {
            hang.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return "fine";
    }

    private static List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("driver-fake-"))
                .filter(thread -> !thread.getName().endsWith("close"))
                .toList();
    }

    private static DriverException failure(CompletableFuture<?> future) {
        var thrown = assertThrows(ExecutionException.class, () -> future.get(60, TimeUnit.SECONDS));
        return assertInstanceOf(DriverException.class, thrown.getCause());
    }

    private static final class HostileError extends Error {
        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new IllegalStateException("even this");
        }
    }
}

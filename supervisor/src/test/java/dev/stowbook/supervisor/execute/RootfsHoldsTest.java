package dev.stowbook.supervisor.execute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A layer in which somebody works is nobody else's until it is let go, and a start waits as long. */
@Timeout(120)
class RootfsHoldsTest {
    private final RootfsHolds holds = new RootfsHolds();

    @Test
    void aLayerIsFreeWhenItsHolderHasLetGoAndNotBefore() throws Exception {
        assertTrue(holds.free("a").isDone(), "nobody has it");
        RootfsHolds.Hold hold = holds.take("a");
        CompletableFuture<Void> start = holds.free("a");
        assertFalse(start.isDone());
        assertTrue(holds.free("b").isDone(), "another layer is another matter");
        hold.close();
        start.get(60, TimeUnit.SECONDS);
        hold.close();
        assertTrue(holds.free("a").isDone(), "letting go twice does no harm");
    }

    @Test
    void whoWaitsForAStartWaitsForTheNextHolderToo() throws Exception {
        RootfsHolds.Hold first = holds.take("a");
        CompletableFuture<RootfsHolds.Hold> second = CompletableFuture.supplyAsync(() -> holds.take("a"));
        AtomicBoolean letGo = new AtomicBoolean();
        CompletableFuture<Boolean> start = second.thenCompose(hold -> {
            CompletableFuture<Boolean> free = holds.free("a").thenApply(nothing -> letGo.get());
            assertFalse(free.isDone(), "the second has it");
            letGo.set(true);
            hold.close();
            return free;
        });
        first.close();
        assertTrue(start.get(60, TimeUnit.SECONDS));
    }

    @Test
    void oneAtATimeWorksInALayer() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Thread[] threads = new Thread[8];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = Thread.ofPlatform().start(() -> {
                for (int round = 0; round < 200; round++) {
                    try (RootfsHolds.Hold hold = holds.take("a")) {
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        Thread.yield();
                        inside.decrementAndGet();
                    }
                }
            });
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(1, most.get());
        assertTrue(holds.free("a").isDone());
    }
}

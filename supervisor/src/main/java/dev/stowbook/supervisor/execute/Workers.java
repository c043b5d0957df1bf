package dev.stowbook.supervisor.execute;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Platform threads for the daemon's own blocking work: spawning keepers, small files. Made when needed, gone when idle. */
public final class Workers implements AutoCloseable {
    private static final int THREADS = 16;

    private final ThreadPoolExecutor threads;

    public Workers(String name) {
        threads = new ThreadPoolExecutor(
                THREADS, THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Thread.ofPlatform().name(name + "-", 1).daemon().factory());
        threads.allowCoreThreadTimeOut(true);
    }

    /** Runs something that blocks; what it throws completes the future. */
    public <T> CompletableFuture<T> call(Callable<T> work) {
        CompletableFuture<T> future = new CompletableFuture<>();
        threads.execute(() -> {
            try {
                future.complete(work.call());
            } catch (Exception | LinkageError | StackOverflowError e) {
                future.completeExceptionally(e);
            }
        });
        return future;
    }

    /** Lets what runs end, and takes no more. */
    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

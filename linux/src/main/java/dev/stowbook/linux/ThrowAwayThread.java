package dev.stowbook.linux;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Platform threads for work in other namespaces: a thread that has called setns(2) or unshare(2) must never go back to a pool. */
public final class ThrowAwayThread {
    private ThrowAwayThread() {}

    /**
     * Runs something on a thread of its own that ends with it. Blocks until then, also when interrupted: half-done work in another
     * namespace can't be abandoned; the interrupt is handed on afterwards. May be called on any thread.
     *
     * @param name of the thread
     * @throws LinuxException what the work answered
     */
    public static <T> T call(String name, Callable<T> work) throws LinuxException {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofPlatform().daemon().name(name).start(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case LinuxException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw new IllegalStateException("work inside another namespace failed", e.getCause());
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

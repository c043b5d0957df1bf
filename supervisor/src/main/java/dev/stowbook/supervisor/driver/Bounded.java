package dev.stowbook.supervisor.driver;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Calls a plugin's code before it has a guard: on a thread of its own, for so long and no longer. */
final class Bounded {
    private Bounded() {}

    /** What came of it: a value, or what was thrown, a {@link TimeoutException} included. */
    record Outcome<T>(@Nullable T value, @Nullable Throwable thrown) {
        /** The value, or what stands for the failure. */
        T orElse(Function<Throwable, T> translate) {
            return value != null ? value : translate.apply(failure());
        }

        private Throwable failure() {
            return thrown != null ? thrown : new NullPointerException("answered null");
        }

        <X extends Exception> T orElseThrow(Function<Throwable, X> translate) throws X {
            if (value != null) {
                return value;
            }
            throw translate.apply(failure());
        }
    }

    static <T> Outcome<T> call(String threadName, Duration deadline, Callable<T> task) {
        var result = new CompletableFuture<T>();
        Thread.ofPlatform().daemon().name(threadName).start(() -> {
            try {
                result.complete(task.call());
            } catch (Throwable e) { // plugin code may throw anything
                result.completeExceptionally(e);
            }
        });
        try {
            return new Outcome<>(result.get(deadline.toMillis(), TimeUnit.MILLISECONDS), null);
        } catch (ExecutionException e) {
            return new Outcome<>(null, e.getCause());
        } catch (TimeoutException e) {
            return new Outcome<>(null, new TimeoutException("no answer within " + deadline.toSeconds() + " s"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome<>(null, e);
        }
    }
}

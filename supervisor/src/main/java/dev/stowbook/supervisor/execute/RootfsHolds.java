package dev.stowbook.supervisor.execute;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which writable layers of stopped containers somebody works in. A layer must not be mounted twice, so a container waits with its start until
 * its layer is let go. Who holds one must look afterwards whether the container is about to start: an intent in the book came first.
 */
public final class RootfsHolds {
    private final Map<String, CompletableFuture<Void>> held = new ConcurrentHashMap<>();

    /** A hold on one layer. */
    public interface Hold extends AutoCloseable {
        @Override
        void close();
    }

    /** Takes a layer; waits for whoever has it. */
    public Hold take(String layerId) {
        CompletableFuture<Void> mine = new CompletableFuture<>();
        for (CompletableFuture<Void> other = held.putIfAbsent(layerId, mine); other != null; other = held.putIfAbsent(layerId, mine)) {
            other.join();
        }
        return () -> {
            held.remove(layerId, mine);
            mine.complete(null);
        };
    }

    /** Completes when nobody holds a layer. */
    CompletableFuture<Void> free(String layerId) {
        CompletableFuture<Void> other = held.get(layerId);
        return other == null ? CompletableFuture.completedFuture(null) : other.thenCompose(nothing -> free(layerId));
    }
}

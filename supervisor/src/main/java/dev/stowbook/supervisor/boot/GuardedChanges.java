package dev.stowbook.supervisor.boot;

import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.supervisor.driver.GuardedDriver;
import dev.stowbook.supervisor.http.LayerChanges;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Lets the API ask the graph driver what a container changed. */
final class GuardedChanges implements LayerChanges {
    private static final Duration DEADLINE = Duration.ofMinutes(5);

    private final GuardedDriver<GraphDriver> graph;

    GuardedChanges(GuardedDriver<GraphDriver> graph) {
        this.graph = graph;
    }

    @Override
    public CompletableFuture<List<Changed>> of(String layerId) {
        CompletableFuture<List<Changed>> answer = new CompletableFuture<>();
        graph.call("changes", layerId, DEADLINE, driver -> driver.changes(new LayerTarget(layerId, "changes")))
                .whenComplete((changes, failure) -> {
                    if (failure == null) {
                        answer.complete(changes.stream()
                                .map(change -> new Changed(change.kind().name().toLowerCase(Locale.ROOT), change.path()))
                                .toList());
                    } else {
                        answer.completeExceptionally(failure instanceof CompletionException e && e.getCause() instanceof DriverException d ? d : failure);
                    }
                });
        return answer;
    }
}

package dev.stowbook.supervisor.execute;

import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.spi.graph.PrepareRequest;
import dev.stowbook.spi.graph.PreparedLayer;
import dev.stowbook.spi.graph.RootfsMount;
import dev.stowbook.supervisor.driver.GuardedDriver;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.StepEvent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongFunction;

/** What graph drivers are asked while containers come and go. */
final class RootfsWork {
    private static final Duration PREPARE = Duration.ofSeconds(60);
    private static final Duration REMOVE = Duration.ofMinutes(5);

    private final GuardedDriver<GraphDriver> graph;
    private final Outcomes outcomes;
    private final RootfsHolds holds;
    private final InitLayers inits = new InitLayers();

    /** What {@code prepare} answered, by layer, so that a start that follows need not ask again. */
    private final Map<String, RootfsMount> prepared = new ConcurrentHashMap<>();

    RootfsWork(GuardedDriver<GraphDriver> graph, RootfsHolds holds, Outcomes outcomes) {
        this.graph = graph;
        this.holds = holds;
        this.outcomes = outcomes;
    }

    void prepare(Effect.PrepareRootfs effect, Outcomes.Origin origin) {
        PrepareRequest request = new PrepareRequest(
                effect.layerId(),
                Optional.of(effect.parentLayerId()).filter(parent -> !parent.isEmpty()),
                effect.quotaBytes(),
                effect.step().toString());
        CompletableFuture<PreparedLayer> work =
                graph.call("prepare", effect.layerId(), PREPARE, driver -> inits.prepare(driver, request));
        work.thenAccept(layer -> prepared.put(effect.layerId(), layer.mount()));
        outcomes.step(effect.step(), effect.pod(), graph.name(), origin, work, layer -> prepared(effect, layer));
    }

    private static LongFunction<StepEvent> prepared(Effect.PrepareRootfs effect, PreparedLayer layer) {
        return micros -> switch (layer.mount()) {
            case RootfsMount.Overlay(List<Path> lower, Path upper, Path work) -> new StepEvent.RootfsPrepared(
                    effect.step(),
                    effect.pod(),
                    effect.container(),
                    lower.stream().map(Path::toString).toList(),
                    upper.toString(),
                    work.toString(),
                    micros);
            case RootfsMount.Directory(Path directory) -> new StepEvent.RootfsPrepared(
                    effect.step(), effect.pod(), effect.container(), List.of(), directory.toString(), "", micros);
        };
    }

    /** How the keeper mounts a container's layer, once nobody else works in it. */
    CompletableFuture<RootfsMount> mounts(String layerId, String operation) {
        return holds.free(layerId).thenCompose(nothing -> description(layerId, operation));
    }

    private CompletableFuture<RootfsMount> description(String layerId, String operation) {
        RootfsMount known = prepared.get(layerId);
        return known != null
                ? CompletableFuture.completedFuture(known)
                : graph.call("mounts", layerId, PREPARE, driver -> driver.mounts(new LayerTarget(layerId, operation)));
    }

    void remove(Effect.RemoveRootfs effect, Outcomes.Origin origin) {
        LayerTarget target = new LayerTarget(effect.layerId(), effect.step().toString());
        prepared.remove(effect.layerId());
        outcomes.step(
                effect.step(),
                effect.pod(),
                graph.name(),
                origin,
                graph.run("remove", effect.layerId(), REMOVE, driver -> driver.remove(target)),
                nothing -> micros ->
                        new StepEvent.RootfsRemoved(effect.step(), effect.pod(), effect.container(), micros));
    }

    CompletableFuture<Void> removeOrphan(String layerId) {
        return graph.run("remove", layerId, REMOVE, driver -> driver.remove(new LayerTarget(layerId, "orphan")));
    }
}

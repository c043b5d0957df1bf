package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.http.metrics.MetricsText;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.stats.Reading;
import dev.stowbook.supervisor.stats.Sample;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code /metrics}: what Prometheus scrapes. A container whose driver does not answer in time is missing, and nothing else. */
final class MetricsRoutes {
    private static final long PATIENCE_MILLIS = 5000;

    private final Backend backend;

    MetricsRoutes(Backend backend) {
        this.backend = backend;
    }

    void add(RouteTable routes) {
        routes.stream(HttpMethod.GET, "/metrics", Set.of(), this::metrics);
    }

    private Future<Void> metrics(Call call) {
        return text(call.context(), call.request().getHeader("Accept"))
                .compose(text -> call.response().putHeader("Content-Type", text.contentType()).end(Buffer.buffer(text.bytes())));
    }

    /** The text for a request with this {@code Accept}. */
    Future<MetricsText> text(Context context, @Nullable String accept) {
        return samples(context, backend.state())
                .compose(samples -> backend.work(() -> {
                    State state = backend.state();
                    samples.keySet().removeIf(id -> !state.containers().containsKey(id));
                    return MetricsText.of(
                            state, backend.services().log().lastSequence(), backend.services().info().get().version(), samples, accept);
                }));
    }

    private Future<Map<ContainerId, Sample>> samples(Context context, State state) {
        Map<ContainerId, Sample> samples = Collections.synchronizedMap(new TreeMap<>());
        CompletableFuture<?>[] reads = state.containers().values().stream()
                .filter(container -> container.running().isPresent())
                .map(container -> read(container, samples))
                .toArray(CompletableFuture[]::new);
        Promise<Map<ContainerId, Sample>> all = Promise.promise();
        CompletableFuture.allOf(reads).whenComplete((done, failure) -> context.runOnContext(nothing -> all.complete(new TreeMap<>(samples))));
        return all.future();
    }

    private CompletableFuture<?> read(Container container, Map<ContainerId, Sample> into) {
        return backend.services().stats().once(container)
                .copy() // others may wait for the same read
                .completeOnTimeout(null, PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
                .handle((Reading reading, Throwable failure) -> {
                    if (reading != null) {
                        into.put(container.id(), reading.now());
                    }
                    return null;
                });
    }
}

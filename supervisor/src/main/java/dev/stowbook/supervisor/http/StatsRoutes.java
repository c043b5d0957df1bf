package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.http.json.StatsView;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.stats.Reading;
import dev.stowbook.supervisor.stats.StatsHub;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import java.util.Optional;
import java.util.Set;

/**
 * {@code /v1/containers/{ref}/stats}: one reading, or with {@code follow} one a second as NDJSON until the container is removed. A reader
 * that is slow misses readings, since each holds all that was used until then.
 */
final class StatsRoutes {
    private static final String NDJSON = "application/x-ndjson";

    private final Backend backend;
    private final StatsHub hub;

    StatsRoutes(Backend backend) {
        this.backend = backend;
        this.hub = backend.services().stats();
    }

    void add(RouteTable routes) {
        routes.stream(HttpMethod.GET, "/v1/containers/:ref/stats", Set.of("follow"), this::stats);
    }

    private Future<Void> stats(Call call) {
        Container container = Backend.require(Lookup.container(backend.state(), call.ref()));
        HttpServerResponse response = call.response();
        if (!call.flag("follow", false)) {
            return once(call, container).map(json -> {
                response.putHeader("Content-Type", NDJSON).end(Buffer.buffer(Json.line(json)));
                return null;
            });
        }
        response.setChunked(true).putHeader("Content-Type", NDJSON).putHeader("Cache-Control", "no-store");
        response.writeHead();
        return follow(call, container.id());
    }

    private Future<ObjectNode> once(Call call, Container container) {
        if (container.running().isEmpty()) {
            throw ApiProblem.of(ErrorCode.CONFLICT, "container " + call.ref() + " does not run, so it uses nothing; start its pod first");
        }
        Promise<ObjectNode> read = Promise.promise();
        hub.once(container).whenComplete((reading, failure) -> call.context().runOnContext(nothing -> {
            if (failure == null) {
                view(container.id(), reading).ifPresentOrElse(read::complete, () -> read.fail(ApiProblem.of(
                        ErrorCode.NOT_FOUND, "container " + call.ref() + " was removed while it was measured")));
            } else {
                read.fail(ApiProblem.of(ErrorCode.UNAVAILABLE, "container " + call.ref() + " could not be measured: " + failure.getMessage()));
            }
        }));
        return read.future();
    }

    private Future<Void> follow(Call call, ContainerId id) {
        HttpServerResponse response = call.response();
        Promise<Void> over = Promise.promise();
        Runnable leave = hub.watch(id, new StatsHub.Watcher() {
            @Override
            public void told(Reading reading) {
                call.context().runOnContext(nothing -> {
                    if (!response.closed() && !response.writeQueueFull()) {
                        view(id, reading).ifPresent(json -> response.write(Buffer.buffer(Json.line(json))));
                    }
                });
            }

            @Override
            public void over() {
                call.context().runOnContext(nothing -> over.tryComplete());
            }
        });
        response.closeHandler(nothing -> over.tryComplete());
        response.exceptionHandler(gone -> over.tryComplete());
        return over.future().compose(end -> {
            leave.run();
            return response.closed() || response.ended() ? Future.succeededFuture() : response.end();
        });
    }

    /** Nothing if it has been removed since. */
    private Optional<ObjectNode> view(ContainerId id, Reading reading) {
        State state = backend.state();
        return Optional.ofNullable(state.containers().get(id))
                .map(container -> StatsView.of(state.pod(container.definition().pod()), container, reading));
    }
}

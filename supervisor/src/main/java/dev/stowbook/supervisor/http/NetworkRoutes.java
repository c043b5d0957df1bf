package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.http.json.NetworkViews;
import dev.stowbook.supervisor.state.Lookup;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.Set;

/** {@code /v1/networks} and {@code /v1/volumes}. */
final class NetworkRoutes {
    private final Backend backend;

    NetworkRoutes(Backend backend) {
        this.backend = backend;
    }

    void add(RouteTable routes) {
        routes.json(HttpMethod.GET, "/v1/networks", Set.of(), call -> backend.read(call, NetworkViews::networks).map(JsonAnswer::ok));
        routes.json(HttpMethod.GET, "/v1/networks/:ref", Set.of(), this::one);
        // The book knows no volumes yet: there are none.
        routes.json(HttpMethod.GET, "/v1/volumes", Set.of(), call -> Future.succeededFuture(JsonAnswer.ok(Json.array())));
    }

    private Future<JsonAnswer> one(Call call) {
        String ref = call.ref();
        return backend.read(call, state -> JsonAnswer.ok(NetworkViews.network(state, Backend.require(Lookup.network(state, ref)))));
    }
}

package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.http.json.Views;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.State;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Set;

/** {@code /v1/networks}. */
final class NetworkRoutes {
    private final Backend backend;

    NetworkRoutes(Backend backend) {
        this.backend = backend;
    }

    void add(RouteTable routes) {
        routes.json(HttpMethod.GET, "/v1/networks", Set.of(), call -> backend.read(call, Views::networks).map(JsonAnswer::ok));
        routes.json(HttpMethod.GET, "/v1/networks/:ref", Set.of(), this::one);
    }

    private Future<JsonAnswer> one(Call call) {
        String ref = call.ref();
        return backend.read(call, state -> JsonAnswer.ok(Views.network(state, find(state, ref))));
    }

    private static Network find(State state, String ref) {
        List<Network> found = state.networks().values().stream()
                .filter(network -> network.name().equals(ref))
                .toList();
        if (found.isEmpty() && !ref.isEmpty()) {
            found = state.networks().values().stream()
                    .filter(network -> network.id().value().startsWith(ref))
                    .toList();
        }
        return switch (found.size()) {
            case 0 -> throw ApiProblem.of(ErrorCode.NOT_FOUND, "there is no network " + ref);
            case 1 -> found.getFirst();
            default -> throw ApiProblem.of(ErrorCode.AMBIGUOUS, found.size() + " networks begin with " + ref);
        };
    }
}

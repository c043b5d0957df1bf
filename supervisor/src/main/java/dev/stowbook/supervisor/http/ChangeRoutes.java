package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Lookup;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Set;

/** {@code /v1/containers/{ref}/changes}. */
final class ChangeRoutes {
    private final Backend backend;

    ChangeRoutes(Backend backend) {
        this.backend = backend;
    }

    void add(RouteTable routes) {
        routes.json(HttpMethod.GET, "/v1/containers/:ref/changes", Set.of(), this::changes);
    }

    private Future<JsonAnswer> changes(Call call) {
        String ref = call.ref();
        Container container = Backend.require(Lookup.container(backend.state(), ref));
        Promise<JsonAnswer> promise = Promise.promise();
        backend.services().changes().of(container.definition().layerId()).whenComplete((changes, failure) ->
                call.context().runOnContext(nothing -> {
                    if (failure != null) {
                        promise.fail(problem(ref, failure));
                    } else {
                        promise.complete(JsonAnswer.ok(json(changes)));
                    }
                }));
        return promise.future();
    }

    private static ArrayNode json(List<LayerChanges.Changed> changes) {
        ArrayNode list = Json.array();
        changes.forEach(change -> list.addObject().put("kind", change.kind()).put("path", change.path()));
        return list;
    }

    private static Throwable problem(String ref, Throwable failure) {
        return failure instanceof DriverException e && e.code() == DriverErrorCode.NOT_FOUND
                ? ApiProblem.of(ErrorCode.NOT_FOUND, "the container '" + ref + "' has no root file system yet: it is made when its pod starts")
                : failure;
    }
}

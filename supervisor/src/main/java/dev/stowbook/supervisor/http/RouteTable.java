package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.model.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** The routes of the API: each with the parameters it knows, so that an unknown one is an error. */
final class RouteTable {
    private static final System.Logger LOG = System.getLogger(RouteTable.class.getName());

    /** {@code GET /v1/pods/{ref}} and the query parameters it takes. */
    record Route(String method, String path, Set<String> parameters) {}

    /** Answers with one JSON document. */
    interface JsonEndpoint {
        Future<JsonAnswer> answer(Call call);
    }

    /** Answers by itself; what it fails with before it has sent anything becomes an error. */
    interface StreamEndpoint {
        Future<Void> answer(Call call);
    }

    private final Router router;
    private final List<Route> routes = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom();

    RouteTable(Router router) {
        this.router = router;
        router.errorHandler(404, routing -> fail(
                routing, ApiProblem.of(ErrorCode.NOT_FOUND, "there is no " + routing.request().path() + " in this API")));
        router.errorHandler(405, routing -> {
            ApiProblem problem = ApiProblem.invalid(
                    routing.request().path() + " does not take " + routing.request().method());
            send(routing.response(), 405, problem.body());
        });
        router.errorHandler(400, routing -> fail(
                routing, ApiProblem.invalid("the request cannot be read: " + routing.request().uri())));
        router.errorHandler(500, routing -> fail(routing, ApiProblem.from(
                routing.failure() == null ? new IllegalStateException("no reason given") : routing.failure())));
    }

    List<Route> routes() {
        return routes;
    }

    void json(HttpMethod method, String path, Set<String> parameters, JsonEndpoint endpoint) {
        add(method, path, parameters, call -> endpoint.answer(call).map(answer -> {
            send(call.response(), answer.status(), answer.body());
            return null;
        }));
    }

    void stream(HttpMethod method, String path, Set<String> parameters, StreamEndpoint endpoint) {
        add(method, path, parameters, endpoint);
    }

    private void add(HttpMethod method, String path, Set<String> parameters, StreamEndpoint endpoint) {
        routes.add(new Route(method.name(), path.replaceAll(":([a-z]+)", "{$1}"), Set.copyOf(parameters)));
        router.route(method, path).handler(routing -> serve(routing, parameters, endpoint));
    }

    private void serve(RoutingContext routing, Set<String> parameters, StreamEndpoint endpoint) {
        String id = "%016x".formatted(random.nextLong());
        routing.response().putHeader("X-Request-Id", id);
        Future<Void> served;
        try {
            Actor actor = Peer.of(routing.request());
            Set<String> unknown = new TreeSet<>(routing.queryParams().names());
            unknown.removeAll(parameters);
            if (!unknown.isEmpty()) {
                throw ApiProblem.invalid("unknown parameter " + String.join(", ", unknown)
                        + (parameters.isEmpty() ? "" : "; known are " + String.join(", ", new TreeSet<>(parameters))));
            }
            served = endpoint.answer(new Call(routing, id, actor));
        } catch (RuntimeException e) {
            served = Future.failedFuture(e);
        }
        served.onFailure(failure -> fail(routing, ApiProblem.from(failure), failure));
    }

    private static void fail(RoutingContext routing, ApiProblem problem, Throwable failure) {
        if (problem.code() == ErrorCode.INTERNAL) {
            LOG.log(System.Logger.Level.ERROR,
                    routing.request().method() + " " + routing.request().path() + " failed", failure);
        }
        fail(routing, problem);
    }

    private static void fail(RoutingContext routing, ApiProblem problem) {
        HttpServerResponse response = routing.response();
        if (response.headWritten()) {
            routing.request().connection().close(); // the only way to say that a stream is not complete
            return;
        }
        response.headers().remove("Content-Type").remove("Transfer-Encoding");
        response.setChunked(false);
        send(response, ApiProblem.status(problem.code()), problem.body());
    }

    private static void send(HttpServerResponse response, int status, JsonNode body) {
        if (response.ended() || response.closed()) {
            return;
        }
        response.setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .end(Buffer.buffer(Json.bytes(body)));
    }
}

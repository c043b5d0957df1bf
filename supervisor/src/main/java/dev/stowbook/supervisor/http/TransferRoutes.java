package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.registry.Transfers;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import java.util.Set;

/** {@code /v1/images/pull}, {@code push} and {@code /v1/registries/login}. A client that goes away takes its transfer with it. */
final class TransferRoutes {
    private static final int LOGIN_BYTES = 64 << 10;

    private final Backend backend;
    private final ImagePulls pulls;

    TransferRoutes(Backend backend) {
        this.backend = backend;
        this.pulls = new ImagePulls(backend);
    }

    void add(RouteTable routes) {
        routes.stream(HttpMethod.POST, "/v1/images/pull", Set.of("reference", "platform"), call -> told(call,
                listener -> pulls.pull(call, call.required("reference"), call.text("platform"), listener)));
        routes.stream(HttpMethod.POST, "/v1/images/push", Set.of("reference"), call -> told(call,
                listener -> pulls.push(call, call.required("reference"), listener)));
        routes.json(HttpMethod.POST, "/v1/registries/login", Set.of("registry"), this::login);
    }

    private Future<JsonAnswer> login(Call call) {
        String registry = call.required("registry");
        return call.body(LOGIN_BYTES).compose(body -> backend.work(() -> {
            backend.services().logins().check(registry, ImagePulls.required(body.getBytes()));
            return JsonAnswer.ok(Json.object().put("registry", registry));
        }));
    }

    private interface Asking {
        Future<Transfers.Result> ask(Transfers.Listener listener);
    }

    /** From the first progress on, errors can only be told in the stream itself. */
    private static Future<Void> told(Call call, Asking asking) {
        HttpServerResponse response = call.response();
        Transfers.Listener listener = (layer, state, bytes, total) -> {
            Buffer line = Buffer.buffer(Json.line(progress(layer, state, bytes, total)));
            call.context().runOnContext(nothing -> write(response, line, state));
        };
        return asking.ask(listener)
                .map(result -> done(call, result))
                .otherwise(failure -> {
                    ApiProblem problem = ApiProblem.from(failure);
                    if (!response.headWritten()) {
                        throw problem;
                    }
                    return problem.body();
                })
                .compose(last -> {
                    begin(response);
                    return response.closed() ? Future.succeededFuture() : response.end(Buffer.buffer(Json.line(last)));
                });
    }

    private static ObjectNode done(Call call, Transfers.Result result) {
        ObjectNode last = Json.object()
                .put("reference", call.text("reference").orElse(""))
                .put("id", result.image())
                .put("digest", result.digest());
        if (!result.warnings().isEmpty()) {
            last.set("warnings", Json.texts(result.warnings()));
        }
        return last;
    }

    private static void begin(HttpServerResponse response) {
        if (!response.headWritten()) {
            response.setChunked(true).putHeader("Content-Type", "application/x-ndjson");
        }
    }

    /** A client that reads slowly misses some of the counting, and none of the rest. */
    private static void write(HttpServerResponse response, Buffer line, String state) {
        boolean counting = state.equals("downloading") || state.equals("uploading");
        if (!response.closed() && !response.ended() && !(counting && response.writeQueueFull())) {
            begin(response);
            response.write(line);
        }
    }

    private static ObjectNode progress(String layer, String state, long bytes, long total) {
        ObjectNode line = Json.object();
        line.putObject("progress").put("layer", layer).put("state", state).put("bytes", bytes).put("total", total);
        return line;
    }
}

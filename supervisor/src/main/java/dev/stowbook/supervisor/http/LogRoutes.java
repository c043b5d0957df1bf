package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.http.logs.LogCursor;
import dev.stowbook.supervisor.http.logs.LogFormat;
import dev.stowbook.supervisor.http.logs.LogPump;
import dev.stowbook.supervisor.http.logs.LogQuery;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.state.Lookup;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;

/** {@code /v1/containers/{ref}/logs}. */
final class LogRoutes {
    private static final String NDJSON = "application/x-ndjson";

    private final Backend backend;

    LogRoutes(Backend backend) {
        this.backend = backend;
    }

    void add(RouteTable routes) {
        routes.stream(
                HttpMethod.GET,
                "/v1/containers/:ref/logs",
                Set.of("follow", "tail", "since", "timestamps", "stream"),
                this::logs);
    }

    private Future<Void> logs(Call call) {
        ContainerId id = Backend.require(Lookup.container(backend.state(), call.ref())).id();
        boolean json = call.accepts(NDJSON);
        boolean follow = call.flag("follow", false);
        LogFormat format = new LogFormat(json, call.flag("timestamps", false));
        LogQuery query = new LogQuery(call.number("tail"), since(call), stream(call));
        return backend.work(() -> new LogCursor(backend.services().logs().newest(id), query)).compose(cursor -> {
            HttpServerResponse response = call.response();
            if (response.closed()) {
                return backend.work(() -> {
                    cursor.close();
                    return null;
                });
            }
            response.setChunked(true).putHeader("Content-Type", json ? NDJSON : "text/plain");
            LogPump pump = new LogPump(
                    backend.vertx(),
                    backend.workers(),
                    cursor,
                    format,
                    response,
                    backend.options().logPoll(),
                    () -> !follow || Waits.over(backend.state(), id));
            response.closeHandler(nothing -> pump.stop());
            response.exceptionHandler(gone -> pump.stop());
            response.writeHead();
            return pump.start().compose(end -> response.closed() || response.ended() ? Future.succeededFuture() : response.end());
        });
    }

    private static Optional<Instant> since(Call call) {
        return call.text("since").map(text -> {
            try {
                return DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(text, Instant::from);
            } catch (DateTimeParseException e) {
                throw ApiProblem.invalid("the parameter since is an RFC 3339 time such as 2026-01-31T08:00:00Z, not '" + text + "'");
            }
        });
    }

    private static Optional<String> stream(Call call) {
        return call.text("stream").map(name -> {
            if (!name.equals("stdout") && !name.equals("stderr")) {
                throw ApiProblem.invalid("the parameter stream is stdout or stderr, not '" + name + "'");
            }
            return name;
        });
    }
}

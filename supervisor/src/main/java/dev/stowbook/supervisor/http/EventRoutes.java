package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.http.json.CloudEvents;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.stream.EventTail;
import dev.stowbook.supervisor.stream.TailPump;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import java.util.Set;

/** {@code /v1/events}: the book from any sequence on, as NDJSON or as server-sent events. */
final class EventRoutes {
    private static final String SSE = "text/event-stream";

    private final Backend backend;
    private final CloudEvents events;

    EventRoutes(Backend backend) {
        this.backend = backend;
        this.events = new CloudEvents(backend.services().format());
    }

    void add(RouteTable routes) {
        routes.stream(HttpMethod.GET, "/v1/events", Set.of("from", "follow"), this::events);
    }

    private Future<Void> events(Call call) {
        boolean sse = call.accepts(SSE);
        long from = from(call);
        boolean follow = call.flag("follow", sse);
        long last = backend.services().log().lastSequence();
        if (from > last + 1) {
            throw ApiProblem.invalid("the book ends at event " + last + ", so nothing can be read from " + from
                    + ": this position belongs to another book, or was never handed out");
        }
        return backend.work(() -> new EventTail(backend.services().log(), from)).compose(tail -> {
            if (call.response().closed()) {
                tail.close();
                return Future.succeededFuture();
            }
            return stream(call, tail, sse, follow);
        });
    }

    private static long from(Call call) {
        String last = call.request().getHeader("Last-Event-ID");
        if (last == null || last.isEmpty()) {
            return Math.max(1, call.number("from").orElse(1));
        }
        if (!last.matches("[0-9]{1,18}")) {
            throw ApiProblem.invalid("Last-Event-ID is the sequence of an event, not '" + last + "'");
        }
        return Long.parseLong(last) + 1;
    }

    private Future<Void> stream(Call call, EventTail tail, boolean sse, boolean follow) {
        HttpServerResponse response = call.response();
        response.setChunked(true)
                .putHeader("Content-Type", sse ? SSE : "application/x-ndjson")
                .putHeader("Cache-Control", "no-store");
        String instance = backend.state().instance().id();
        TailPump.Framing framing = sse ? new SseFraming(events, instance) : new NdjsonFraming(events, instance);
        TailPump pump = new TailPump(
                new TailPump.Parts(backend.vertx(), backend.workers(), backend.signal()),
                tail,
                response,
                framing,
                follow,
                backend.options().heartbeat());
        response.closeHandler(nothing -> pump.stop());
        response.exceptionHandler(gone -> pump.stop());
        response.writeHead();
        Promise<Void> done = Promise.promise();
        pump.start().onComplete(end -> {
            if (end.failed()) {
                ApiProblem problem = ApiProblem.from(end.cause());
                Buffer line = Buffer.buffer(Json.line(problem.body()));
                response.write(sse ? Buffer.buffer("event: error\ndata: ").appendBuffer(line).appendString("\n") : line);
                done.fail(end.cause());
            } else if (!response.ended() && !response.closed()) {
                response.end();
                done.complete();
            } else {
                done.complete();
            }
        });
        return done.future();
    }
}

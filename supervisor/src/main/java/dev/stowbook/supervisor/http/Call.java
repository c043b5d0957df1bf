package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.event.Actor;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** One request: who asks, what it is called, and its parameters, which it reads strictly. Context of its connection. */
final class Call {
    private static final BigDecimal LONGEST_GRACE_SECONDS = BigDecimal.valueOf(1_000_000_000L);

    private final RoutingContext routing;
    private final Context context;
    private final String id;
    private final Actor actor;

    Call(RoutingContext routing, String id, Actor actor) {
        this.routing = routing;
        this.context = routing.vertx().getOrCreateContext();
        this.id = id;
        this.actor = actor;
    }

    /** The request id: 16 hex digits. */
    String id() {
        return id;
    }

    Actor actor() {
        return actor;
    }

    Context context() {
        return context;
    }

    HttpServerRequest request() {
        return routing.request();
    }

    HttpServerResponse response() {
        return routing.response();
    }

    /** What the path names. */
    String ref() {
        return routing.pathParam("ref");
    }

    Optional<String> text(String name) {
        List<String> values = routing.queryParam(name);
        if (values.size() > 1) {
            throw ApiProblem.invalid("the parameter " + name + " is given " + values.size() + " times");
        }
        return values.stream().findFirst();
    }

    String required(String name) {
        return text(name).filter(value -> !value.isEmpty())
                .orElseThrow(() -> ApiProblem.invalid("the parameter " + name + " is missing"));
    }

    boolean flag(String name, boolean otherwise) {
        return text(name).map(value -> switch (value) {
            case "true", "1", "" -> true;
            case "false", "0" -> false;
            default -> throw ApiProblem.invalid("the parameter " + name + " is true or false, not '" + value + "'");
        }).orElse(otherwise);
    }

    OptionalLong number(String name) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return OptionalLong.empty();
        }
        if (!text.get().matches("[0-9]{1,18}")) {
            throw ApiProblem.invalid("the parameter " + name + " is a whole number, not '" + text.get() + "'");
        }
        return OptionalLong.of(Long.parseLong(text.get()));
    }

    /** The parameter {@code grace}, in seconds, as milliseconds. */
    OptionalLong graceMillis() {
        Optional<String> text = text("grace");
        if (text.isEmpty()) {
            return OptionalLong.empty();
        }
        if (!text.get().matches("[0-9]{1,10}([.][0-9]{1,9})?")) {
            throw ApiProblem.invalid("the parameter grace is a number of seconds, not '" + text.get() + "'");
        }
        BigDecimal seconds = new BigDecimal(text.get()).min(LONGEST_GRACE_SECONDS);
        return OptionalLong.of(seconds.movePointRight(3).longValue());
    }

    /** Whether the client would rather have that content type than what is sent by default. */
    boolean accepts(String contentType) {
        String accept = routing.request().getHeader("Accept");
        return accept != null && accept.contains(contentType);
    }

    /** The whole body, which may not be longer than that. */
    Future<Buffer> body(int limitBytes) {
        Promise<Buffer> whole = Promise.promise();
        Buffer body = Buffer.buffer();
        HttpServerRequest request = routing.request();
        request.handler(chunk -> {
            if (whole.future().isComplete()) {
                return; // more of what was refused; the answer is on its way already
            }
            if (body.length() + chunk.length() > limitBytes) {
                response().putHeader("Connection", "close");
                whole.tryFail(ApiProblem.invalid("the request's body is longer than " + limitBytes + " bytes"));
            } else {
                body.appendBuffer(chunk);
            }
        });
        request.exceptionHandler(failure -> whole.tryFail(ofBody(failure)));
        request.endHandler(nothing -> whole.tryComplete(body));
        return whole.future();
    }

    /** What a failure to read a body is called: the decoder says of a chunk that is none that it is no number. */
    static Throwable ofBody(Throwable failure) {
        return failure instanceof IllegalArgumentException
                ? ApiProblem.invalid("the request's body is not what its headers say: " + failure.getMessage())
                : failure;
    }
}

package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.TerminalSpec;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Lookup;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpMethod;
import java.util.Optional;
import java.util.Set;

/** {@code /v1/containers/{ref}/attach} and {@code /resize}: the streams of a container's own process. */
final class AttachRoutes {
    private static final long LARGEST_SIZE = 65_535;

    private final Backend backend;

    AttachRoutes(Backend backend) {
        this.backend = backend;
    }

    void add(RouteTable routes) {
        routes.stream(HttpMethod.GET, "/v1/containers/:ref/attach", Set.of("stdin", "logs"), this::attach);
        routes.json(HttpMethod.POST, "/v1/containers/:ref/resize", Set.of("rows", "columns"), this::resize);
    }

    private Container running(Call call) {
        Container container = Backend.require(Lookup.container(backend.state(), call.ref()));
        if (container.running().isEmpty()) {
            throw ApiProblem.of(ErrorCode.CONFLICT, "container " + name(container)
                    + " does not run, so there is nothing to attach to: start it, or read what it wrote with 'stowbook logs " + name(container) + "'");
        }
        return container;
    }

    private String name(Container container) {
        return backend.state().pod(container.pod()).spec().name() + "/" + container.name();
    }

    private Future<Void> attach(Call call) {
        AttachSession.requireUpgrade(call);
        boolean input = call.flag("stdin", false);
        long lines = call.number("logs").orElse(0);
        Container container = running(call);
        if (input && !container.definition().options().terminal().stdin()) {
            throw ApiProblem.of(ErrorCode.CONFLICT, "the standard input of container " + name(container)
                    + " is not open: add 'stdin: true' to it in its manifest, or attach without standard input (--no-stdin)");
        }
        Optional<AttachSession.Replay> replay = lines == 0
                ? Optional.empty()
                : Optional.of(new AttachSession.Replay(backend.services().logs().newest(container.id()), lines));
        return AttachSession.open(backend, call, AttachTarget.OfContainer.of(container, input), "container " + name(container), replay);
    }

    private Future<JsonAnswer> resize(Call call) {
        int rows = size(call, "rows");
        int columns = size(call, "columns");
        Container container = running(call);
        TerminalSpec terminal = container.definition().options().terminal();
        if (!terminal.tty()) {
            throw ApiProblem.of(ErrorCode.CONFLICT, "container " + name(container) + " has no terminal: add 'tty: true' to it in its manifest");
        }
        long sequence = backend.state().sequence();
        Promise<JsonAnswer> done = Promise.promise();
        backend.services().processes().resize(container.id(), rows, columns).whenComplete((nothing, failure) ->
                call.context().runOnContext(here -> {
                    if (failure == null) {
                        done.complete(JsonAnswer.ok(Json.object().put("sequence", sequence).put("id", container.id().value())));
                    } else {
                        done.fail(ApiProblem.of(ErrorCode.CONFLICT, "container " + name(container) + ": " + reason(failure)));
                    }
                }));
        return done.future();
    }

    private static String reason(Throwable failure) {
        return failure.getCause() == null ? failure.getMessage() : failure.getCause().getMessage();
    }

    private static int size(Call call, String name) {
        long value = call.number(name).orElseThrow(() -> ApiProblem.invalid("the parameter " + name + " is missing"));
        if (value < 1 || value > LARGEST_SIZE) {
            throw ApiProblem.invalid("the parameter " + name + " is a number from 1 to " + LARGEST_SIZE + ", not " + value);
        }
        return (int) value;
    }
}

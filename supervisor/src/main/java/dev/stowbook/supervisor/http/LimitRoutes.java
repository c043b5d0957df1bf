package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.ContainerCommand;
import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.decide.Answer;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.manifest.Manifests;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.stream.EventTail;
import dev.stowbook.supervisor.stream.TailEvent;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** {@code PATCH} of pods and containers: other limits. */
final class LimitRoutes {
    private static final int BODY_BYTES = 64 << 10;
    private static final int BATCH_BYTES = 1 << 20;

    private final Backend backend;

    LimitRoutes(Backend backend) {
        this.backend = backend;
    }

    void add(RouteTable routes) {
        routes.json(HttpMethod.PATCH, "/v1/containers/:ref", Set.of(), call -> update(
                call, change -> new ContainerCommand.UpdateContainer(call.ref(), change)));
        routes.json(HttpMethod.PATCH, "/v1/pods/:ref", Set.of(), call -> update(
                call, change -> new PodCommand.UpdatePod(call.ref(), change)));
    }

    private Future<JsonAnswer> update(Call call, Function<ResourceSpec, Command> command) {
        String given = call.request().getHeader("X-Manifest-Name");
        String name = given == null || given.isBlank() ? "-" : given;
        return call.body(BODY_BYTES)
                .compose(body -> backend.work(() -> switch (Manifests.readLimits(name, body.getBytes())) {
                    case Manifests.Limiting.Change(ResourceSpec limits) -> limits;
                    case Manifests.Limiting.Wrong wrong -> throw ApiProblem.manifest(wrong.errors());
                }))
                .compose(change -> backend.submit(call, command.apply(change)))
                .compose(granted -> backend.work(() -> answer(granted)));
    }

    private JsonAnswer answer(Reply.Granted granted) throws LogException {
        if (!(granted.answer() instanceof Answer.Updated updated)) {
            throw new IllegalStateException("not an answer about limits: " + granted.answer());
        }
        ObjectNode json = Json.object()
                .put("sequence", granted.sequence())
                .put("id", updated.container().map(ContainerId::value).orElse(updated.pod().value()))
                .put("live", updated.operation().isPresent());
        ObjectNode written = json.putObject("written");
        List<String> clamped = List.of();
        if (updated.operation().isPresent()) {
            StepEvent.CgroupUpdated outcome = outcome(updated.operation().get(), granted.sequence());
            outcome.written().forEach(written::put);
            clamped = outcome.clamped();
        }
        json.set("clamped", Json.texts(clamped));
        return JsonAnswer.ok(json);
    }

    /** What came of the work is in the book; the reply was held until it was durable. */
    private StepEvent.CgroupUpdated outcome(long operation, long durable) throws LogException {
        try (EventTail tail = new EventTail(backend.services().log(), operation)) {
            for (List<TailEvent> batch = tail.read(durable, BATCH_BYTES); !batch.isEmpty(); batch = tail.read(durable, BATCH_BYTES)) {
                for (TailEvent each : batch) {
                    Event event = backend.services().format().decode(each.record());
                    if (event instanceof StepEvent.CgroupUpdated updated && updated.step().operation() == operation) {
                        return updated;
                    }
                    if (event instanceof StepEvent.StepFailed failed && failed.step().operation() == operation) {
                        throw ApiProblem.of(code(failed.code()), failed.message());
                    }
                }
            }
        }
        throw ApiProblem.of(ErrorCode.UNAVAILABLE, "the host was started anew meanwhile: the limits were not changed");
    }

    private static ErrorCode code(String driverCode) {
        return switch (driverCode) {
            case "INVALID" -> ErrorCode.INVALID;
            case "UNSUPPORTED" -> ErrorCode.UNSUPPORTED;
            case "NOT_FOUND", "BUSY", "DENIED", "NO_SPACE", "FOREIGN" -> ErrorCode.CONFLICT;
            case "UNKNOWN", "UNAVAILABLE" -> ErrorCode.UNAVAILABLE;
            default -> ErrorCode.INTERNAL;
        };
    }
}

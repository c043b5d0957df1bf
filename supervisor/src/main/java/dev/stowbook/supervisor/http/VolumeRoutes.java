package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.command.VolumeCommand;
import dev.stowbook.supervisor.decide.Answer;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.http.json.VolumeViews;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.state.Volume;
import dev.stowbook.supervisor.stream.EventTail;
import dev.stowbook.supervisor.stream.TailEvent;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code /v1/volumes}. */
final class VolumeRoutes {
    private static final int BODY_BYTES = 1 << 20;
    private static final int BATCH_BYTES = 1 << 20;

    private final Backend backend;

    VolumeRoutes(Backend backend) {
        this.backend = backend;
    }

    void add(RouteTable routes) {
        routes.json(HttpMethod.GET, "/v1/volumes", Set.of("at"), call -> backend.read(call, VolumeViews::volumes).map(JsonAnswer::ok));
        routes.json(HttpMethod.POST, "/v1/volumes", Set.of(), this::create);
        routes.json(HttpMethod.POST, "/v1/volumes/prune", Set.of(), this::prune);
        routes.json(HttpMethod.GET, "/v1/volumes/:ref", Set.of("at"), this::one);
        routes.json(HttpMethod.DELETE, "/v1/volumes/:ref", Set.of(), this::remove);
    }

    private Future<JsonAnswer> one(Call call) {
        String ref = call.ref();
        return backend.read(call, state -> JsonAnswer.ok(VolumeViews.volume(state, find(state, ref))));
    }

    private static Volume find(State state, String ref) {
        Volume volume = state.storage().volumes().get(ref);
        if (volume == null) {
            throw ApiProblem.of(ErrorCode.NOT_FOUND, "there is no volume " + ref);
        }
        return volume;
    }

    private Future<JsonAnswer> create(Call call) {
        long before = backend.state().sequence();
        return call.body(BODY_BYTES)
                .compose(body -> backend.submit(call, VolumeRequest.read(body.getBytes())))
                .compose(granted -> {
                    String name = single(granted).name();
                    return granted.state().storage().volumes().containsKey(name)
                            ? Future.succeededFuture(new JsonAnswer(201, changed(granted, name)))
                            : failed(name, before, granted.sequence());
                });
    }

    private Future<JsonAnswer> remove(Call call) {
        String ref = call.ref();
        long before = backend.state().sequence();
        return backend.submit(call, new VolumeCommand.RemoveVolume(ref))
                .compose(granted -> granted.state().storage().volumes().containsKey(ref)
                        ? failed(ref, before, granted.sequence())
                        : Future.succeededFuture(JsonAnswer.ok(changed(granted, ref))));
    }

    private Future<JsonAnswer> prune(Call call) {
        return backend.submit(call, new VolumeCommand.PruneVolumes()).map(granted -> {
            ObjectNode json = Json.object().put("sequence", granted.sequence());
            ArrayNode removed = json.putArray("removed");
            ArrayNode kept = json.putArray("kept");
            for (Answer.VolumeAction action : actions(granted)) {
                (granted.state().storage().volumes().containsKey(action.name()) ? kept : removed).add(action.name());
            }
            return JsonAnswer.ok(json);
        });
    }

    private static ObjectNode changed(Reply.Granted granted, String name) {
        return Json.object().put("sequence", granted.sequence()).put("name", name);
    }

    private static Answer.VolumeAction single(Reply.Granted granted) {
        return actions(granted).getFirst();
    }

    private static List<Answer.VolumeAction> actions(Reply.Granted granted) {
        if (granted.answer() instanceof Answer.Volumes(List<Answer.VolumeAction> volumes)) {
            return volumes;
        }
        throw new IllegalStateException("not an answer about volumes: " + granted.answer());
    }

    private Future<JsonAnswer> failed(String volume, long before, long until) {
        return backend.work(() -> {
            throw whyNot(volume, before, until);
        });
    }

    /** The state does not hold what went wrong; the book does. */
    private ApiProblem whyNot(String volume, long before, long until) throws LogException {
        try (EventTail tail = new EventTail(backend.services().log(), before + 1)) {
            for (List<TailEvent> batch = tail.read(until, BATCH_BYTES); !batch.isEmpty(); batch = tail.read(until, BATCH_BYTES)) {
                for (TailEvent event : batch) {
                    Optional<ApiProblem> problem = event.record().type().startsWith("Volume")
                            ? problem(backend.services().format().decode(event.record()), volume)
                            : Optional.empty();
                    if (problem.isPresent()) {
                        return problem.get();
                    }
                }
            }
        }
        return ApiProblem.of(ErrorCode.CONFLICT, "volume " + volume + " was made or removed by somebody else meanwhile; look again");
    }

    private static Optional<ApiProblem> problem(Event event, String volume) {
        return switch (event) {
            case StepEvent.VolumePreparationFailed e when e.volume().equals(volume) -> Optional.of(ApiProblem.of(code(e.code()), e.message()));
            case StepEvent.VolumeRemovalFailed e when e.volume().equals(volume) -> Optional.of(ApiProblem.of(code(e.code()), e.message()));
            case Event other -> Optional.empty();
        };
    }

    /** From the driver's code, as the book has it. */
    private static ErrorCode code(String code) {
        return switch (code) {
            case "INVALID" -> ErrorCode.INVALID;
            case "UNSUPPORTED" -> ErrorCode.UNSUPPORTED;
            case "BUSY", "FOREIGN", "IN_USE" -> ErrorCode.CONFLICT;
            case "UNAVAILABLE", "UNKNOWN" -> ErrorCode.UNAVAILABLE;
            case "NO_SPACE" -> ErrorCode.DISK_FULL;
            default -> ErrorCode.INTERNAL;
        };
    }
}

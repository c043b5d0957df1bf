package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.decide.Answer;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.state.Exec;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.stream.EventTail;
import dev.stowbook.supervisor.stream.TailEvent;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Processes that exec starts. */
final class ExecRoutes {
    private static final int BODY_BYTES = 1 << 20;
    private static final int BATCH_BYTES = 1 << 20;

    private final Backend backend;

    ExecRoutes(Backend backend) {
        this.backend = backend;
    }

    void add(RouteTable routes) {
        routes.json(HttpMethod.POST, "/v1/containers/:ref/exec", Set.of(), this::start);
        routes.json(HttpMethod.GET, "/v1/execs/:ref", Set.of(), this::one);
        routes.stream(HttpMethod.GET, "/v1/execs/:ref/attach", Set.of(), this::attach);
    }

    private Future<JsonAnswer> start(Call call) {
        String ref = call.ref();
        long before = backend.state().sequence();
        return call.body(BODY_BYTES)
                .map(body -> ExecRequest.read(ref, body.getBytes()))
                .compose(command -> backend.submit(call, command))
                .compose(granted -> started(granted, before));
    }

    private Future<JsonAnswer> started(Reply.Granted granted, long before) {
        ExecId id = ((Answer.OneExec) granted.answer()).exec();
        if (!granted.state().execs().containsKey(id)) {
            return backend.work(() -> {
                throw whyNot(id, before, granted.sequence());
            });
        }
        return Future.succeededFuture(new JsonAnswer(
                201, Json.object().put("sequence", granted.sequence()).put("id", id.value())));
    }

    /** The state forgets what could not be started; the book does not. */
    private ApiProblem whyNot(ExecId id, long before, long until) throws LogException {
        try (EventTail tail = new EventTail(backend.services().log(), before + 1)) {
            for (List<TailEvent> batch = tail.read(until, BATCH_BYTES); !batch.isEmpty(); batch = tail.read(until, BATCH_BYTES)) {
                for (TailEvent event : batch) {
                    if (event.record().type().equals("ExecFailed")
                            && backend.services().format().decode(event.record()) instanceof StepEvent.ExecFailed failed
                            && failed.exec().equals(id)) {
                        return ApiProblem.notStarted(failed.message(), failed.exitCode());
                    }
                }
            }
        }
        return ApiProblem.of(ErrorCode.CONFLICT, "the container ended before the process could be started in it");
    }

    private Exec find(State state, String ref) {
        List<Exec> found = ref.isEmpty()
                ? List.of()
                : state.execs().values().stream().filter(exec -> exec.id().value().startsWith(ref)).limit(2).toList();
        return switch (found.size()) {
            case 0 -> throw ApiProblem.of(ErrorCode.NOT_FOUND, "there is no exec " + ref
                    + ": of those that ended, the newest " + State.ENDED_EXECS_KEPT + " of each container are known here; 'stowbook events' shows all");
            case 1 -> found.getFirst();
            default -> throw ApiProblem.of(ErrorCode.AMBIGUOUS, "several execs begin with " + ref);
        };
    }

    private Future<JsonAnswer> one(Call call) {
        Exec exec = find(backend.state(), call.ref());
        ObjectNode json = Json.object()
                .put("id", exec.id().value())
                .put("containerId", exec.container().value());
        json.set("command", Json.texts(exec.process().argv()));
        json.put("running", exec.running().isPresent());
        exec.exit().ifPresent(exit -> json.put("exitCode", exit.code()));
        exec.running().ifPresent(process -> json.put("pid", process.pid()));
        return Future.succeededFuture(JsonAnswer.ok(json));
    }

    private Future<Void> attach(Call call) {
        AttachSession.requireUpgrade(call);
        ExecId id = find(backend.state(), call.ref()).id();
        return AttachSession.open(backend, call, new AttachTarget.OfExec(id), "exec " + id, Optional.empty());
    }
}

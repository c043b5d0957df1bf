package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.command.ContainerCommand;
import dev.stowbook.supervisor.decide.Answer;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.http.json.Views;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Lookup;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.Set;

/** {@code /v1/containers}, without logs and exec. */
final class ContainerRoutes {
    private final Backend backend;
    private final Waits waits;

    ContainerRoutes(Backend backend) {
        this.backend = backend;
        this.waits = new Waits(backend);
    }

    void add(RouteTable routes) {
        routes.json(HttpMethod.GET, "/v1/containers", Set.of("all", "at"), this::list);
        routes.json(HttpMethod.GET, "/v1/containers/:ref", Set.of("at"), this::one);
        routes.json(HttpMethod.POST, "/v1/containers/:ref/stop", Set.of("grace"), call -> end(
                call, new ContainerCommand.StopContainer(call.ref(), call.graceMillis())));
        routes.json(HttpMethod.POST, "/v1/containers/:ref/kill", Set.of("signal"), call -> end(
                call, new ContainerCommand.KillContainer(call.ref(), call.text("signal").orElse("KILL"))));
        routes.json(HttpMethod.POST, "/v1/containers/:ref/pause", Set.of(), call -> end(
                call, new ContainerCommand.PauseContainer(call.ref())));
        routes.json(HttpMethod.POST, "/v1/containers/:ref/resume", Set.of(), call -> end(
                call, new ContainerCommand.ResumeContainer(call.ref())));
        routes.json(HttpMethod.POST, "/v1/containers/:ref/wait", Set.of(), this::await);
    }

    private Future<JsonAnswer> list(Call call) {
        boolean all = call.flag("all", false);
        return backend.read(call, state -> JsonAnswer.ok(Views.containers(state, all)));
    }

    private Future<JsonAnswer> one(Call call) {
        String ref = call.ref();
        return backend.read(
                call, state -> JsonAnswer.ok(Views.container(state, Backend.require(Lookup.container(state, ref)))));
    }

    private Future<JsonAnswer> end(Call call, ContainerCommand command) {
        return backend.submit(call, command).map(granted -> {
            if (!(granted.answer() instanceof Answer.OneContainer answer)) {
                throw new IllegalStateException("not an answer about a container: " + granted.answer());
            }
            ObjectNode json = Json.object()
                    .put("sequence", granted.sequence())
                    .put("id", answer.container().value());
            Container container = granted.state().containers().get(answer.container());
            if (container != null && container.settled()) {
                container.exit().map(ExitStatus::code).ifPresent(code -> json.put("exitCode", code));
            }
            return JsonAnswer.ok(json);
        });
    }

    private Future<JsonAnswer> await(Call call) {
        ContainerId id = Backend.require(Lookup.container(backend.state(), call.ref())).id();
        return waits.exited(call, id).map(end -> {
            ObjectNode json = Json.object()
                    .put("sequence", end.sequence())
                    .put("id", id.value())
                    .put("exitCode", end.exit().code());
            end.exit().signal().ifPresent(number -> json.put("signal", Views.signal(number)));
            end.note().ifPresent(sentence -> json.put("note", sentence));
            return JsonAnswer.ok(json.put("oomKilled", end.oomKilled()));
        });
    }
}

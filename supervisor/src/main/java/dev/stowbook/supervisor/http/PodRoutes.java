package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.decide.Answer;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.http.json.Views;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.manifest.ManifestResult;
import dev.stowbook.supervisor.manifest.Manifests;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.state.Lookup;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Set;

/** {@code /v1/pods}. */
final class PodRoutes {
    private static final int MANIFEST_BYTES = 4 << 20;

    private final Backend backend;

    PodRoutes(Backend backend) {
        this.backend = backend;
    }

    void add(RouteTable routes) {
        routes.json(HttpMethod.POST, "/v1/pods", Set.of(), this::apply);
        routes.json(HttpMethod.DELETE, "/v1/pods", Set.of("force", "grace"), this::delete);
        routes.json(HttpMethod.GET, "/v1/pods", Set.of("at"), call -> backend.read(call, Views::pods).map(JsonAnswer::ok));
        routes.json(HttpMethod.GET, "/v1/pods/:ref", Set.of("at"), this::one);
        routes.json(HttpMethod.DELETE, "/v1/pods/:ref", Set.of("force", "grace"), call -> change(
                call,
                new PodCommand.RemovePods(List.of(call.ref()), call.flag("force", false), false, call.graceMillis())));
        routes.json(HttpMethod.POST, "/v1/pods/:ref/start", Set.of(), call -> change(call, new PodCommand.StartPod(call.ref())));
        routes.json(HttpMethod.POST, "/v1/pods/:ref/stop", Set.of("grace"), call -> change(
                call, new PodCommand.StopPod(call.ref(), call.graceMillis())));
        routes.json(HttpMethod.POST, "/v1/pods/:ref/pause", Set.of(), call -> change(call, new PodCommand.PausePod(call.ref())));
        routes.json(HttpMethod.POST, "/v1/pods/:ref/resume", Set.of(), call -> change(call, new PodCommand.ResumePod(call.ref())));
        routes.json(HttpMethod.POST, "/v1/pods/:ref/kill", Set.of("signal"), call -> change(
                call, new PodCommand.KillPod(call.ref(), call.text("signal").orElse("KILL"))));
    }

    private Future<JsonAnswer> apply(Call call) {
        return manifest(call)
                .compose(pods -> new ImagePulls(backend)
                        .fetch(call, pods.images())
                        .compose(fetched -> backend.submit(call, new PodCommand.ApplyPods(pods.networks(), pods.specs()))))
                .map(PodRoutes::actions);
    }

    /** Deleting what a manifest names means that it is to be gone, running or not. */
    private Future<JsonAnswer> delete(Call call) {
        var grace = call.graceMillis();
        boolean force = call.flag("force", true);
        return manifest(call)
                .compose(pods -> backend.submit(call, new PodCommand.RemovePods(
                        pods.specs().stream().map(PodSpec::name).toList(), force, true, grace)))
                .map(PodRoutes::actions);
    }

    private Future<ManifestResult.Pods> manifest(Call call) {
        String given = call.request().getHeader("X-Manifest-Name");
        String name = given == null || given.isBlank() ? "-" : given;
        return call.body(MANIFEST_BYTES).compose(body -> backend.work(() -> switch (Manifests.read(name, body.getBytes())) {
            case ManifestResult.Pods pods -> pods;
            case ManifestResult.Errors errors -> throw ApiProblem.manifest(errors.errors());
        }));
    }

    private Future<JsonAnswer> one(Call call) {
        String ref = call.ref();
        return backend.read(call, state -> JsonAnswer.ok(Views.pod(state, Backend.require(Lookup.pod(state, ref)))));
    }

    private Future<JsonAnswer> change(Call call, PodCommand command) {
        return backend.submit(call, command).map(granted -> {
            Answer.PodAction action = pods(granted).getFirst();
            return JsonAnswer.ok(Json.object()
                    .put("sequence", granted.sequence())
                    .put("id", action.id())
                    .put("name", action.name()));
        });
    }

    static JsonAnswer actions(Reply.Granted granted) {
        ObjectNode json = Json.object().put("sequence", granted.sequence());
        if (granted.answer() instanceof Answer.Pods answer && !answer.networks().isEmpty()) {
            ArrayNode networks = json.putArray("networks");
            answer.networks().forEach(each -> networks.addObject()
                    .put("id", each.id())
                    .put("name", each.name())
                    .put("action", each.action()));
        }
        ArrayNode pods = json.putArray("pods");
        for (Answer.PodAction action : pods(granted)) {
            ObjectNode pod = pods.addObject();
            if (!action.id().isEmpty()) {
                pod.put("id", action.id());
            }
            pod.put("name", action.name()).put("action", action.action());
        }
        return JsonAnswer.ok(json);
    }

    private static List<Answer.PodAction> pods(Reply.Granted granted) {
        if (granted.answer() instanceof Answer.Pods answer) {
            return answer.pods();
        }
        throw new IllegalStateException("not an answer about pods: " + granted.answer());
    }
}

package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.http.json.NetworkViews;
import dev.stowbook.supervisor.http.json.Views;
import dev.stowbook.supervisor.log.LogReport;
import dev.stowbook.supervisor.state.Instance;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.stream.Position;
import dev.stowbook.supervisor.stream.TimeTravel;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.Set;

/** What the daemon says of itself and its book: {@code /v1/info}, {@code /v1/state}, {@code /v1/verify}, {@code /v1/openapi.json}. */
final class DaemonRoutes {
    private final Backend backend;
    private final JsonNode description;

    DaemonRoutes(Backend backend) throws IOException {
        this.backend = backend;
        try (InputStream in = DaemonRoutes.class.getResourceAsStream("/openapi.json")) {
            if (in == null) {
                throw new IOException("openapi.json is missing in this build");
            }
            this.description = Json.read(in.readAllBytes());
        }
    }

    void add(RouteTable routes) {
        routes.json(HttpMethod.GET, "/v1/info", Set.of(), call -> Future.succeededFuture(JsonAnswer.ok(info())));
        routes.json(HttpMethod.GET, "/v1/state", Set.of("at"), this::state);
        routes.json(HttpMethod.POST, "/v1/verify", Set.of(), call -> backend.work(backend.services().verifier()::get)
                .map(DaemonRoutes::report));
        routes.json(HttpMethod.GET, "/v1/openapi.json", Set.of(), call -> Future.succeededFuture(JsonAnswer.ok(description)));
    }

    private ObjectNode info() {
        DaemonInfo info = backend.services().info().get();
        State state = backend.state();
        Instance instance = state.instance();
        ObjectNode json = Json.object()
                .put("version", info.version())
                .put("instanceId", instance.id())
                .put("root", info.root().toString())
                .put("runDir", info.runDir().toString())
                .put("bootId", instance.bootId())
                .put("sequence", backend.services().log().lastSequence())
                .put("durableSequence", state.sequence());
        json.putObject("drivers")
                .put("graph", instance.graphDriver())
                .put("cgroup", instance.cgroupDriver())
                .put("network", instance.networkDriver());
        ArrayNode controllers = json.putArray("controllers");
        info.controllers().forEach(each -> controllers.addObject()
                .put("name", each.name())
                .put("version", each.version())
                .put("mount", each.mount()));
        ArrayNode warnings = json.putArray("warnings");
        info.warnings().forEach(warnings::add);
        json.put("cgroupMode", info.cgroupMode()).put("cgroupManager", info.cgroupManager()).put("kernel", info.kernel()).put("pid", info.pid());
        json.putObject("security")
                .put("seccomp", info.security().seccomp())
                .put("apparmor", info.security().apparmor())
                .put("selinux", info.security().selinux());
        json.putObject("counts")
                .put("pods", state.pods().size())
                .put("containers", state.containers().size())
                .put("running", state.containers().values().stream().filter(c -> c.running().isPresent()).count())
                .put("images", state.images().size());
        return json;
    }

    private Future<JsonAnswer> state(Call call) {
        Optional<Position> at = Backend.position(call);
        State now = backend.state();
        return backend.work(() -> {
            TimeTravel.Moment moment = at.isPresent()
                    ? backend.moment(at.get(), now)
                    : new TimeTravel.Moment(now, backend.travel().timeOf(now.sequence()));
            ObjectNode json = Json.object()
                    .put("sequence", moment.state().sequence())
                    .put("time", moment.time().toString());
            json.set("pods", Views.pods(moment.state()));
            json.set("images", Views.images(moment.state(), true));
            json.set("networks", NetworkViews.networks(moment.state()));
            return JsonAnswer.ok(json);
        });
    }

    private static JsonAnswer report(LogReport report) {
        ObjectNode json = Json.object()
                .put("ok", report.good())
                .put("entries", report.entries())
                .put("events", report.events())
                .put("headSequence", report.head().sequence())
                .put("headHash", report.head().hashHex());
        report.problem().ifPresent(problem -> json.put("problem", problem));
        return JsonAnswer.ok(json);
    }
}

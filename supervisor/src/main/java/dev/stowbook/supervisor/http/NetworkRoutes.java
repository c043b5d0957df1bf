package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.command.NetworkCommand;
import dev.stowbook.supervisor.decide.Answer;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.http.json.NetworkViews;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.model.AttachmentSpec;
import dev.stowbook.supervisor.model.EndpointAddress;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.NetworkSpec;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.Pod;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** {@code /v1/networks}. */
final class NetworkRoutes {
    private static final int BODY_BYTES = 64 << 10;

    private final Backend backend;

    NetworkRoutes(Backend backend) {
        this.backend = backend;
    }

    void add(RouteTable routes) {
        routes.json(HttpMethod.GET, "/v1/networks", Set.of(), call -> backend.read(call, NetworkViews::networks).map(JsonAnswer::ok));
        routes.json(HttpMethod.POST, "/v1/networks", Set.of(), this::create);
        routes.json(HttpMethod.POST, "/v1/networks/prune", Set.of(), call -> backend.submit(call, new NetworkCommand.PruneNetworks())
                .map(NetworkRoutes::gone));
        routes.json(HttpMethod.GET, "/v1/networks/:ref", Set.of(), this::one);
        routes.json(HttpMethod.DELETE, "/v1/networks/:ref", Set.of(), call -> backend.submit(
                        call, new NetworkCommand.RemoveNetworks(List.of(call.ref())))
                .map(NetworkRoutes::gone));
        routes.json(HttpMethod.POST, "/v1/networks/:ref/connect", Set.of(), this::connect);
        routes.json(HttpMethod.POST, "/v1/networks/:ref/disconnect", Set.of(), this::disconnect);
    }

    private Future<JsonAnswer> one(Call call) {
        String ref = call.ref();
        return backend.read(call, state -> JsonAnswer.ok(NetworkViews.network(state, Backend.require(Lookup.network(state, ref)))));
    }

    private Future<JsonAnswer> create(Call call) {
        return call.body(BODY_BYTES)
                .map(body -> spec(JsonBody.read(body.getBytes(), Set.of("name", "subnets", "ipv6", "internal", "isolated", "mtu", "labels"))))
                .compose(spec -> backend.submit(call, new NetworkCommand.CreateNetwork(spec)))
                .map(granted -> {
                    Network network = granted.state().networks().get(id(granted));
                    if (network == null || network.failure().isPresent()) {
                        throw ApiProblem.of(ErrorCode.CONFLICT, "the network could not be made: "
                                + (network == null ? "it was removed meanwhile" : network.failure().get())
                                + "; create it once more with another subnet, or remove it");
                    }
                    return JsonAnswer.ok(Json.object()
                            .put("sequence", granted.sequence())
                            .put("id", network.id().value())
                            .put("name", network.name()));
                });
    }

    private static NetworkSpec spec(JsonBody body) {
        return new NetworkSpec(
                body.required("name"),
                body.objects("subnets", Set.of("subnet", "gateway")).stream()
                        .map(each -> new NetworkSpec.Asked(each.required("subnet"), each.text("gateway")))
                        .toList(),
                body.flag("ipv6"),
                body.flag("internal"),
                body.flag("isolated", true),
                body.number("mtu"),
                body.map("labels"));
    }

    private static NetworkId id(Reply.Granted granted) {
        return new NetworkId(actions(granted).getFirst().id());
    }

    private static List<Answer.NetworkAction> actions(Reply.Granted granted) {
        if (granted.answer() instanceof Answer.Networks(List<Answer.NetworkAction> networks)) {
            return networks;
        }
        throw new IllegalStateException("not an answer about networks: " + granted.answer());
    }

    private static JsonAnswer gone(Reply.Granted granted) {
        ObjectNode json = Json.object().put("sequence", granted.sequence());
        ArrayNode networks = json.putArray("networks");
        for (Answer.NetworkAction action : actions(granted)) {
            Network left = granted.state().networks().get(new NetworkId(action.id()));
            if (left != null) {
                throw ApiProblem.of(ErrorCode.CONFLICT, "network " + left.name() + " could not be removed: "
                        + left.failure().orElse("it is still in use") + "; remove it once more");
            }
            networks.addObject().put("id", action.id()).put("name", action.name());
        }
        return JsonAnswer.ok(json);
    }

    private Future<JsonAnswer> connect(Call call) {
        String network = call.ref();
        return call.body(BODY_BYTES)
                .map(body -> JsonBody.read(body.getBytes(), Set.of("pod", "address", "address6", "aliases", "mac", "gatewayPriority")))
                .compose(body -> backend.submit(call, new NetworkCommand.ConnectPod(body.required("pod"), attachment(network, body))))
                .map(NetworkRoutes::connected);
    }

    private static AttachmentSpec attachment(String network, JsonBody body) {
        Optional<String> mac = body.text("mac").map(text -> text.toLowerCase(Locale.ROOT));
        mac.filter(text -> !text.matches("[0-9a-f][02468ace](:[0-9a-f]{2}){5}")).ifPresent(text -> {
            throw ApiProblem.invalid("the field mac must be a hardware address of one link, such as 02:42:00:00:00:07");
        });
        List<String> aliases = body.texts("aliases");
        if (!aliases.stream().allMatch(alias -> alias.matches("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"))) {
            throw ApiProblem.invalid("an alias has 1 to 63 lower-case letters, digits and '-', with a letter or digit at both ends");
        }
        int priority = body.number("gatewayPriority").orElse(0);
        if (priority < 0 || priority > AttachmentSpec.HIGHEST_PRIORITY) {
            throw ApiProblem.invalid("the field gatewayPriority must be 0 to " + AttachmentSpec.HIGHEST_PRIORITY);
        }
        return new AttachmentSpec(network, body.text("address"), body.text("address6"), aliases, mac, priority);
    }

    private static JsonAnswer connected(Reply.Granted granted) {
        Answer.Connected answer = (Answer.Connected) granted.answer();
        Pod pod = granted.state().pods().get(answer.pod());
        Optional<EndpointSpec> endpoint = pod == null ? Optional.empty() : pod.network().endpoint(answer.endpoint());
        if (endpoint.isEmpty() || pod.network().refusal().isPresent()) {
            throw ApiProblem.of(ErrorCode.CONFLICT, "the pod could not be connected"
                    + (pod == null ? "" : pod.network().refusal().map(reason -> ": " + reason).orElse("")));
        }
        ObjectNode json = Json.object()
                .put("sequence", granted.sequence())
                .put("pod", pod.spec().name())
                .put("interface", endpoint.get().interfaceName());
        json.set("addresses", Json.texts(endpoint.get().addresses().stream().map(EndpointAddress::address).toList()));
        return JsonAnswer.ok(json);
    }

    private Future<JsonAnswer> disconnect(Call call) {
        String network = call.ref();
        return call.body(BODY_BYTES)
                .map(body -> JsonBody.read(body.getBytes(), Set.of("pod")))
                .compose(body -> backend.submit(call, new NetworkCommand.DisconnectPod(body.required("pod"), network))
                        .map(granted -> JsonAnswer.ok(Json.object()
                                .put("sequence", granted.sequence())
                                .put("pod", body.required("pod")))));
    }
}

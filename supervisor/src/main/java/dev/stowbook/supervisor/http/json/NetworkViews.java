package dev.stowbook.supervisor.http.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.model.EndpointAddress;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.NetworkMode;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.state.AddressPool;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Networks, and pods' connections to them, as the API shows them. Pure. */
public final class NetworkViews {
    private NetworkViews() {}

    /** All networks, by name. */
    public static ArrayNode networks(State state) {
        List<Network> networks = new ArrayList<>(state.networks().values());
        networks.sort(Comparator.comparing(Network::name));
        ArrayNode array = Json.array();
        networks.forEach(network -> array.add(network(state, network)));
        return array;
    }

    /** A network. {@code subnet} and {@code gateway} are those of its first subnet. */
    public static ObjectNode network(State state, Network network) {
        AddressPool first = network.pools().getFirst();
        ObjectNode json = Json.object()
                .put("id", network.id().value())
                .put("name", network.name())
                .put("driver", network.driver())
                .put("state", phase(network))
                .put("subnet", first.subnet())
                .put("gateway", first.gateway());
        ArrayNode subnets = json.putArray("subnets");
        network.pools().forEach(pool -> subnets.addObject().put("subnet", pool.subnet()).put("gateway", pool.gateway()));
        json.put("internal", network.spec().internal()).put("isolated", network.spec().isolated());
        network.spec().mtu().ifPresent(mtu -> json.put("mtu", mtu));
        json.set("labels", Views.map(network.spec().labels()));
        json.put("createdAt", network.createdAt().toString());
        network.link().ifPresent(link -> json.put("linkName", link));
        network.failure().ifPresent(failure -> json.put("failure", failure));
        ArrayNode endpoints = json.putArray("endpoints");
        network.members().forEach((id, pod) -> state.pod(pod).network().endpoint(id).ifPresent(
                endpoint -> endpoints.add(endpoint(state, state.pod(pod), endpoint, Json.object().put("pod", state.pod(pod).spec().name())))));
        return json;
    }

    private static String phase(Network network) {
        if (network.removing()) {
            return "removing";
        }
        return network.failure().isPresent() ? "failed" : network.link().isPresent() ? "ready" : "starting";
    }

    private static ObjectNode endpoint(State state, Pod pod, EndpointSpec endpoint, ObjectNode json) {
        List<String> addresses = endpoint.addresses().stream().map(EndpointAddress::address).toList();
        json.put("address", addresses.getFirst());
        json.set("addresses", Json.texts(addresses));
        json.put("interface", endpoint.interfaceName());
        json.set("aliases", Json.texts(endpoint.aliases()));
        json.put("gatewayPriority", endpoint.gatewayPriority());
        return json.put("defaultRoute", pod.primary(state).equals(Optional.of(endpoint)));
    }

    /** How a pod is connected. */
    static ObjectNode ofPod(State state, Pod pod) {
        ObjectNode json = Json.object().put("mode", mode(pod.spec().networking().mode()));
        pod.spec().networking().sharedWith().ifPresent(name -> json.put("sharedWith", name));
        ArrayNode endpoints = json.putArray("endpoints");
        for (EndpointSpec endpoint : pod.network().endpoints()) {
            String network = state.networks().get(endpoint.network()).name();
            endpoints.add(endpoint(state, pod, endpoint, Json.object().put("network", network)));
        }
        ArrayNode sharers = json.putArray("sharedBy");
        for (PodId sharer : pod.network().sharers()) {
            sharers.add(state.pod(sharer).spec().name());
        }
        return json;
    }

    private static String mode(NetworkMode mode) {
        return switch (mode) {
            case NETWORKS -> "networks";
            case NONE -> "none";
            case HOST -> "host";
            case SHARED -> "pod";
        };
    }
}

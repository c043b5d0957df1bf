package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.event.NetworkEvent;
import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.PodId;
import java.time.Instant;
import java.util.Optional;

/** What events of networks do to state, and who has which address. */
final class EvolveNetwork {
    private EvolveNetwork() {}

    static State apply(State state, NetworkEvent event, Instant time) {
        return switch (event) {
            case NetworkEvent.NetworkCreated e -> put(
                    state, Network.created(e.network(), e.driver(), e.spec(), e.subnets(), time));
            case NetworkEvent.SubnetsReassigned e -> put(state, of(state, e.network()).withSubnets(e.subnets()));
            case NetworkEvent.NetworkReady e -> put(state, of(state, e.network()).ready(e.link()));
            case NetworkEvent.NetworkFailed e -> put(state, of(state, e.network()).failed(e.message()));
            case NetworkEvent.NetworkRemoving e -> put(state, of(state, e.network()).withRemoving(true));
            case NetworkEvent.NetworkRemoved e -> state.withNetworks(state.networks().minus(e.network()));
            case NetworkEvent.NetworkRemovalFailed e -> put(
                    state, of(state, e.network()).withRemoving(false).failed(e.message()));
            case NetworkEvent.RulesFlushed e -> state;
            case NetworkEvent.RulesRepaired e -> state;
        };
    }

    private static Network of(State state, NetworkId id) {
        return state.networks().get(id);
    }

    private static State put(State state, Network network) {
        return state.withNetworks(state.networks().plus(network.id(), network));
    }

    /** The endpoint's addresses are the pod's. */
    static State hold(State state, PodId pod, EndpointSpec endpoint) {
        return put(state, of(state, endpoint.network()).join(endpoint, pod));
    }

    static State release(State state, EndpointSpec endpoint) {
        return put(state, of(state, endpoint.network()).leave(endpoint));
    }

    /** A pod is off a network for good. */
    static State leave(State state, PodId id, EndpointId endpoint) {
        Pod pod = state.pods().get(id);
        Optional<EndpointSpec> left = pod == null ? Optional.empty() : pod.network().endpoint(endpoint);
        return left.isEmpty()
                ? state
                : release(state, left.get()).withPod(pod.withNetwork(pod.network().minus(endpoint)));
    }
}

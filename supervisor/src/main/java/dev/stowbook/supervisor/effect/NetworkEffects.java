package dev.stowbook.supervisor.effect;

import dev.stowbook.supervisor.event.NetworkEvent;
import dev.stowbook.supervisor.model.DnsSpec;
import dev.stowbook.supervisor.model.EndpointAddress;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.NetworkMode;
import dev.stowbook.supervisor.model.NetworkingSpec;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.StepRef;
import dev.stowbook.supervisor.model.SubnetSpec;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.Operation;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The effects that are about networks and pods' connections to them. */
public final class NetworkEffects {
    private NetworkEffects() {}

    /** What an event of a network implies. It may be gone again at the end of the entry in which it was made. */
    static Optional<Effect> of(State state, NetworkEvent event) {
        return switch (event) {
            case NetworkEvent.NetworkCreated e -> ensure(state, e.network());
            case NetworkEvent.SubnetsReassigned e -> ensure(state, e.network());
            case NetworkEvent.NetworkRemoving e -> ensure(state, e.network());
            case NetworkEvent.RulesFlushed e -> Optional.of(repair(state));
            case NetworkEvent.NetworkReady e -> Optional.empty();
            case NetworkEvent.NetworkFailed e -> Optional.empty();
            case NetworkEvent.NetworkRemoved e -> Optional.empty();
            case NetworkEvent.NetworkRemovalFailed e -> Optional.empty();
            case NetworkEvent.RulesRepaired e -> Optional.empty();
        };
    }

    private static Optional<Effect> ensure(State state, NetworkId id) {
        return Optional.ofNullable(state.networks().get(id)).map(NetworkEffects::ensure);
    }

    /** The effect that a network needs: that it is made, or that it goes. */
    public static Effect ensure(Network network) {
        return network.removing() ? new Effect.DropNetwork(network.id()) : making(network);
    }

    private static Effect.EnsureNetwork making(Network network) {
        return new Effect.EnsureNetwork(
                network.id(), network.subnets(), network.spec().internal(), network.spec().isolated(), network.spec().mtu());
    }

    /** The effect that puts back all rules that should stand. */
    public static Effect.RepairRules repair(State state) {
        return new Effect.RepairRules(
                state.networks().values().stream()
                        .filter(network -> !network.removing())
                        .map(NetworkEffects::making)
                        .toList(),
                state.pods().values().stream()
                        .filter(pod -> pod.portHolder().isPresent())
                        .flatMap(pod -> pod.primary(state).stream()
                                .map(endpoint -> new Effect.Publication(
                                        pod.id(), endpoint, pod.generation(), pod.ports())))
                        .toList());
    }

    static Effect.JoinEndpoint join(State state, Pod pod, PlannedStep planned, StepRef step) {
        EndpointSpec endpoint = endpoint(pod, planned);
        Network network = state.networks().get(endpoint.network());
        return new Effect.JoinEndpoint(
                step,
                pod.id(),
                endpoint,
                pod.generation(),
                network.subnets(),
                network.spec().mtu(),
                isPrimary(state, pod, endpoint));
    }

    static Effect.StepEffect publish(State state, Pod pod, StepRef step) {
        EndpointSpec endpoint = pod.primary(state).orElseThrow();
        return new Effect.PublishPorts(step, pod.id(), endpoint, pod.generation(), pod.ports());
    }

    /** The link goes with the sandbox, unless the pod goes on or another pod lives there, too. */
    static Effect.StepEffect leave(State state, Operation operation, Pod pod, PlannedStep planned, StepRef step) {
        EndpointSpec endpoint = endpoint(pod, planned);
        boolean goesOn = operation.kind() == Operation.Kind.DISCONNECT_POD
                || !pod.network().sharers().isEmpty();
        boolean published = !pod.ports().isEmpty() && isPrimary(state, pod, endpoint);
        return new Effect.LeaveEndpoint(step, pod.id(), endpoint, pod.generation(), goesOn, published);
    }

    private static EndpointSpec endpoint(Pod pod, PlannedStep planned) {
        return pod.network().endpoint(planned.endpoint().orElseThrow()).orElseThrow();
    }

    private static boolean isPrimary(State state, Pod pod, EndpointSpec endpoint) {
        return pod.primary(state).map(endpoint::equals).orElse(false);
    }

    /** What names and addresses the containers of a pod are told. */
    static Naming naming(State state, Pod pod, String hostname) {
        NetworkingSpec spec = pod.spec().networking();
        Pod owner = pod.network().sharing().map(state.pods()::get).orElse(pod);
        List<String> addresses = owner.network().endpoints().stream()
                .flatMap(endpoint -> endpoint.addresses().stream())
                .map(EndpointAddress::address)
                .toList();
        NetworkMode mode = spec.mode() == NetworkMode.SHARED ? owner.spec().networking().mode() : spec.mode();
        return new Naming(
                hostname, addresses, spec.hostAliases(), mode, servers(state, owner, spec.dns()), spec.dns());
    }

    /** The gateways of the connection that leads out, then those of the others: whichever is asked answers the same. */
    private static List<String> servers(State state, Pod pod, DnsSpec dns) {
        if (dns.policy() != DnsSpec.Policy.NETWORK) {
            return List.of();
        }
        return Stream.concat(pod.primary(state).stream(), pod.network().endpoints().stream())
                .distinct()
                .flatMap(endpoint -> state.networks().get(endpoint.network()).subnets().stream())
                .map(SubnetSpec::gateway)
                .toList();
    }
}

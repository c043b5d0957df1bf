package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.command.NetworkCommand;
import dev.stowbook.supervisor.event.NetworkEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.model.AttachmentSpec;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.NetworkMode;
import dev.stowbook.supervisor.model.NetworkSpec;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Decides what users ask of networks. */
final class NetworkDecider {
    static final String DEFAULT = "default";
    private static final int LEAST_MTU = 68;
    private static final int LEAST_MTU_SIX = 1280;
    private static final int LARGEST_MTU = 65_535;

    private NetworkDecider() {}

    static Decision decide(Draft draft, NetworkCommand command) {
        return switch (command) {
            case NetworkCommand.CreateNetwork c -> create(draft, c.spec());
            case NetworkCommand.RemoveNetworks c -> remove(draft, c.networks());
            case NetworkCommand.PruneNetworks c -> prune(draft);
            case NetworkCommand.ConnectPod c -> connect(draft, c);
            case NetworkCommand.DisconnectPod c -> disconnect(draft, c);
        };
    }

    private static Decision create(Draft draft, NetworkSpec spec) {
        Optional<Network> existing = named(draft, spec.name());
        if (existing.isPresent() && (existing.get().failure().isEmpty() || !existing.get().members().isEmpty())) {
            throw Draft.reject(ErrorCode.CONFLICT, "there is a network " + spec.name() + " already");
        }
        // One that could not be made holds its name for nobody.
        existing.ifPresent(failed -> draft.emit(new NetworkEvent.NetworkRemoved(failed.id())));
        Network network = make(draft, spec);
        return draft.accepted(
                new Answer.Networks(List.of(new Answer.NetworkAction(network.id().value(), spec.name(), "created"))),
                new Await.NetworkSettled(network.id()));
    }

    /** As a manifest wants it: one that is as it should be stays. */
    static Answer.NetworkAction apply(Draft draft, NetworkSpec spec) {
        Optional<Network> existing = named(draft, spec.name());
        if (existing.isPresent() && existing.get().spec().equals(spec) && existing.get().failure().isEmpty()) {
            return new Answer.NetworkAction(existing.get().id().value(), spec.name(), "unchanged");
        }
        if (existing.isPresent() && existing.get().failure().isEmpty()) {
            throw Draft.reject(ErrorCode.CONFLICT, "network " + spec.name()
                    + " exists with other settings, and a network cannot be changed: remove it first (stowbook network rm "
                    + spec.name() + "), or give this one another name");
        }
        existing.ifPresent(failed -> refuseUsed(draft, failed));
        existing.ifPresent(failed -> draft.emit(new NetworkEvent.NetworkRemoved(failed.id())));
        return new Answer.NetworkAction(make(draft, spec).id().value(), spec.name(), "created");
    }

    private static Optional<Network> named(Draft draft, String name) {
        return draft.state().networks().values().stream()
                .filter(network -> network.name().equals(name))
                .findFirst();
    }

    private static Network make(Draft draft, NetworkSpec spec) {
        if (!spec.name().matches("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")) {
            throw Draft.reject(ErrorCode.INVALID, "a network's name has 1 to 63 lower-case letters, digits and '-', with a letter"
                    + " or digit at both ends, but this is '" + spec.name() + "'");
        }
        boolean six = spec.ipv6() || spec.subnets().stream().anyMatch(asked -> asked.subnet().indexOf(':') >= 0);
        int least = six ? LEAST_MTU_SIX : LEAST_MTU;
        if (spec.mtu().isPresent() && (spec.mtu().getAsInt() < least || spec.mtu().getAsInt() > LARGEST_MTU)) {
            throw Draft.reject(ErrorCode.INVALID, "network " + spec.name() + ": the mtu must be " + least + " to " + LARGEST_MTU
                    + ", but is " + spec.mtu().getAsInt());
        }
        NetworkId id = new NetworkId(draft.inputs().newId());
        draft.emit(new NetworkEvent.NetworkCreated(
                id,
                draft.state().instance().networkDriver(),
                spec,
                Subnets.of(draft.state(), draft.settings(), spec)));
        return draft.state().networks().get(id);
    }

    private static Decision remove(Draft draft, List<String> refs) {
        List<Network> networks = refs.stream()
                .map(ref -> Draft.require(Lookup.network(draft.state(), ref)))
                .distinct()
                .toList();
        networks.forEach(network -> refuseUsed(draft, network));
        return removed(draft, networks);
    }

    private static void refuseUsed(Draft draft, Network network) {
        if (!network.members().isEmpty()) {
            List<String> pods = network.members().values().stream()
                    .map(id -> draft.state().pod(id).spec().name())
                    .distinct()
                    .limit(4)
                    .toList();
            throw Draft.reject(ErrorCode.CONFLICT, "network " + network.name() + " is used by " + network.members().size()
                    + (network.members().size() == 1 ? " pod (" : " pods (") + String.join(", ", pods)
                    + "): remove or disconnect them first");
        }
        if (network.name().equals(DEFAULT)) {
            throw Draft.reject(ErrorCode.CONFLICT, "the network default is where pods are that name no other; it stays");
        }
    }

    private static Decision prune(Draft draft) {
        return removed(draft, draft.state().networks().values().stream()
                .filter(network -> network.members().isEmpty() && !network.name().equals(DEFAULT))
                .toList());
    }

    private static Decision removed(Draft draft, List<Network> networks) {
        List<Answer.NetworkAction> actions = new ArrayList<>();
        List<NetworkId> ids = new ArrayList<>();
        for (Network network : networks) {
            if (!network.removing()) {
                draft.emit(new NetworkEvent.NetworkRemoving(network.id()));
            }
            ids.add(network.id());
            actions.add(new Answer.NetworkAction(network.id().value(), network.name(), "removed"));
        }
        return draft.accepted(new Answer.Networks(actions), new Await.NetworksGone(ids));
    }

    private static Decision connect(Draft draft, NetworkCommand.ConnectPod command) {
        Pod pod = Draft.require(Lookup.pod(draft.state(), command.pod()));
        String name = pod.spec().name();
        refuseUnfit(pod, "connected");
        Network network = Draft.require(Lookup.network(draft.state(), command.attachment().network()));
        if (pod.network().endpoints().stream().anyMatch(each -> each.network().equals(network.id()))) {
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + name + " is on network " + network.name() + " already");
        }
        EndpointSpec endpoint = Endpoints.more(
                draft, name, named(command.attachment(), network.name()), pod.network().endpoints());
        long sequence = draft.nextSequence();
        draft.emit(new PodEvent.PodConnecting(
                pod.id(), endpoint, pod.active() ? Steps.connect(endpoint) : List.of()));
        return draft.accepted(new Answer.Connected(pod.id(), endpoint.id()), new Await.OperationsOver(List.of(sequence)));
    }

    private static AttachmentSpec named(
            AttachmentSpec asked, String network) {
        return new AttachmentSpec(
                network, asked.address(), asked.address6(), asked.aliases(), asked.macAddress());
    }

    private static Decision disconnect(Draft draft, NetworkCommand.DisconnectPod command) {
        Pod pod = Draft.require(Lookup.pod(draft.state(), command.pod()));
        String name = pod.spec().name();
        refuseUnfit(pod, "disconnected");
        Network network = Draft.require(Lookup.network(draft.state(), command.network()));
        EndpointSpec endpoint = pod.network().endpoints().stream()
                .filter(each -> each.network().equals(network.id()))
                .findFirst()
                .orElseThrow(() -> Draft.reject(
                        ErrorCode.NOT_FOUND, "pod " + name + " is not on network " + network.name()));
        boolean published = !pod.ports().isEmpty()
                && pod.network().primary(draft.state()).map(endpoint::equals).orElse(false);
        if (published && pod.active()) {
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + name + " publishes its ports through network " + network.name()
                    + ": stop it first, or change its manifest");
        }
        draft.emit(new PodEvent.PodDisconnecting(
                pod.id(), endpoint.id(), "asked to disconnect", pod.active() ? Steps.disconnect(endpoint) : List.of()));
        return draft.accepted(
                new Answer.Connected(pod.id(), endpoint.id()), new Await.Disconnected(pod.id(), endpoint.id()));
    }

    private static void refuseUnfit(Pod pod, String verb) {
        String name = pod.spec().name();
        NetworkMode mode = pod.spec().networking().mode();
        if (mode == NetworkMode.HOST || mode == NetworkMode.SHARED) {
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + name + " lives in " + (mode == NetworkMode.HOST ? "the host's" : "another pod's")
                    + " network namespace and cannot be " + verb);
        }
        boolean busy = pod.removalRequested()
                || switch (pod.phase()) {
                    case STARTING, STOPPING, REMOVING -> true;
                    case STOPPED, RUNNING -> false;
                };
        if (busy) {
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + name + " cannot be " + verb + " while it is "
                    + (pod.removalRequested() ? "removed" : pod.phase().name().toLowerCase(Locale.ROOT)) + ": try again later");
        }
    }
}

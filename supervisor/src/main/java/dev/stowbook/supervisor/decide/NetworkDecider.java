package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.command.NetworkCommand;
import dev.stowbook.supervisor.event.NetworkEvent;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.NetworkSpec;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.Network;
import java.util.ArrayList;
import java.util.List;
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
            case NetworkCommand.ConnectPod c -> Connections.connect(draft, c);
            case NetworkCommand.DisconnectPod c -> Connections.disconnect(draft, c);
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
        if (spec.internal() && !spec.isolated()) {
            throw Draft.reject(ErrorCode.INVALID, "network " + spec.name()
                    + " is to be internal and not isolated, which contradict each other: an internal network is reached from nowhere");
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
}

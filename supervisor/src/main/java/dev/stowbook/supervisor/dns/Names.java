package dev.stowbook.supervisor.dns;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.EndpointAddress;
import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.IpAddress;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.state.AddressPool;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What names mean in one state. Everything is seen from where it is asked: a pod sees the members of its own networks and no others. */
final class Names {
    /** What a name means. */
    sealed interface Meaning {
        /** Pods of ours; in turn, so that those of one name share the load. */
        record Addresses(List<IpAddress> addresses) implements Meaning {}

        /** The name of an address. */
        record Named(String name) implements Meaning {}

        /** It would be ours, and is nobody's. */
        record Nobody() implements Meaning {}

        /** It is not ours. */
        record Foreign() implements Meaning {}
    }

    /**
     * Who asks.
     *
     * @param networks the networks whose members it sees
     * @param leadsOut whether it may learn of anything else
     */
    record Asker(List<Network> networks, boolean leadsOut) {}

    private final State state;
    private final Map<NetworkId, Map<String, List<EndpointSpec>>> members = new HashMap<>();
    private int turn;

    Names(State state) {
        this.state = state;
    }

    /**
     * Who asks the server on a network's gateway from an address. A pod may ask on the gateway of a network that it has left; a stranger sees
     * that network alone.
     */
    Optional<Asker> asker(NetworkId id, String address) {
        Network network = state.networks().get(id);
        if (network == null) {
            return Optional.empty();
        }
        IpAddress from = IpAddress.parse(address);
        Pod pod = Stream.concat(Stream.of(network), state.networks().values().stream())
                .flatMap(each -> holder(each, from).map(each.members()::get).map(state.pods()::get).stream())
                .findFirst()
                .orElse(null);
        List<Network> networks = pod == null
                ? List.of(network)
                : pod.network().endpoints().stream().map(endpoint -> state.networks().get(endpoint.network())).toList();
        return Optional.of(new Asker(networks, networks.stream().anyMatch(each -> !each.spec().internal())));
    }

    private static Optional<EndpointId> holder(Network network, IpAddress address) {
        for (AddressPool pool : network.pools()) {
            if (pool.parsed().contains(address)) {
                return Optional.ofNullable(pool.taken().get(pool.parsed().host(address)));
            }
        }
        return Optional.empty();
    }

    /** What a name means to somebody: {@code pod}, {@code alias}, {@code container.pod}, each also with {@code .network} behind it. */
    Meaning of(Asker asker, String name) {
        Optional<IpAddress> address = ReverseName.parse(name);
        if (address.isPresent()) {
            return reverse(asker, address.get());
        }
        List<IpAddress> found = new ArrayList<>();
        for (Network network : asker.networks()) {
            add(network, name, found);
            String ending = "." + network.name();
            if (name.endsWith(ending)) {
                add(network, name.substring(0, name.length() - ending.length()), found);
            }
        }
        if (found.isEmpty()) {
            return new Meaning.Foreign();
        }
        Collections.rotate(found, turn++ & 0xffff);
        return new Meaning.Addresses(found);
    }

    private void add(Network network, String name, List<IpAddress> found) {
        for (EndpointSpec endpoint : in(network).getOrDefault(name, List.of())) {
            for (EndpointAddress address : endpoint.addresses()) {
                IpAddress parsed = IpAddress.parse(address.address());
                if (!found.contains(parsed)) {
                    found.add(parsed);
                }
            }
        }
    }

    private Map<String, List<EndpointSpec>> in(Network network) {
        return members.computeIfAbsent(network.id(), id -> {
            Map<String, List<EndpointSpec>> names = new HashMap<>();
            network.members().forEach((endpoint, pod) -> member(names, endpoint, state.pods().get(pod)));
            return names;
        });
    }

    private void member(Map<String, List<EndpointSpec>> names, EndpointId id, Pod pod) {
        if (pod == null || !pod.active()) {
            return;
        }
        pod.network().endpoint(id).ifPresent(endpoint -> {
            List<String> own = new ArrayList<>(endpoint.aliases());
            own.add(pod.spec().name());
            own.add(pod.hostname());
            for (ContainerId container : pod.containers()) {
                own.add(state.container(container).name() + "." + pod.spec().name());
            }
            own.stream().map(name -> name.toLowerCase(Locale.ROOT)).distinct().forEach(
                    name -> names.computeIfAbsent(name, any -> new ArrayList<>()).add(endpoint));
        });
    }

    private Meaning reverse(Asker asker, IpAddress address) {
        for (Network network : state.networks().values()) {
            if (network.pools().stream().anyMatch(pool -> pool.parsed().contains(address))) {
                return asker.networks().contains(network)
                        ? holder(network, address)
                                .map(network.members()::get)
                                .map(this::active)
                                .<Meaning>map(pod -> new Meaning.Named(pod.spec().name() + "." + network.name()))
                                .orElse(new Meaning.Nobody())
                        : new Meaning.Nobody();
            }
        }
        return new Meaning.Foreign();
    }

    private @Nullable Pod active(PodId id) {
        Pod pod = state.pods().get(id);
        return pod != null && pod.active() ? pod : null;
    }
}

package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.model.AttachmentSpec;
import dev.stowbook.supervisor.model.EndpointAddress;
import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.IpAddress;
import dev.stowbook.supervisor.model.NetworkMode;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.state.AddressPool;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.state.Subnet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Gives pods their connections: addresses that were asked for, else the next free ones. */
final class Endpoints {
    private static final String DEFAULT = "default";

    private Endpoints() {}

    /** The connections of a new pod. */
    static List<EndpointSpec> of(Draft draft, PodSpec pod) {
        List<EndpointSpec> endpoints = new ArrayList<>();
        if (pod.networking().mode() != NetworkMode.NETWORKS) {
            return endpoints;
        }
        List<AttachmentSpec> attachments = pod.networking().attachments();
        Set<String> seen = new TreeSet<>();
        for (AttachmentSpec attachment : attachments.isEmpty() ? List.of(AttachmentSpec.to(DEFAULT)) : attachments) {
            EndpointSpec endpoint = one(draft, pod.name(), attachment, "eth" + endpoints.size());
            if (!seen.add(endpoint.network().value())) {
                throw Draft.reject(ErrorCode.INVALID, "pod " + pod.name() + " is on network " + attachment.network() + " twice");
            }
            endpoints.add(endpoint);
        }
        return endpoints;
    }

    /** One more connection of a pod that has some. */
    static EndpointSpec more(Draft draft, String pod, AttachmentSpec attachment, List<EndpointSpec> others) {
        Set<String> names = new TreeSet<>();
        others.forEach(other -> names.add(other.interfaceName()));
        int number = 0;
        while (names.contains("eth" + number)) {
            number++;
        }
        return one(draft, pod, attachment, "eth" + number);
    }

    private static EndpointSpec one(Draft draft, String pod, AttachmentSpec attachment, String interfaceName) {
        Network network = network(draft.state(), pod, attachment.network());
        List<EndpointAddress> addresses = new ArrayList<>();
        for (AddressPool pool : network.pools()) {
            Optional<String> asked = pool.parsed().six() ? attachment.address6() : attachment.address();
            addresses.add(asked.isPresent() ? asked(draft.state(), pod, network, pool, asked.get()) : next(pod, network, pool));
        }
        refuseWithoutPool(pod, network, attachment.address(), false);
        refuseWithoutPool(pod, network, attachment.address6(), true);
        return new EndpointSpec(
                new EndpointId(draft.inputs().newId()),
                network.id(),
                interfaceName,
                addresses,
                attachment.aliases(),
                attachment.macAddress(),
                attachment.gatewayPriority());
    }

    private static Network network(State state, String pod, String name) {
        Network network = state.networks().values().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() -> Draft.reject(
                        ErrorCode.NOT_FOUND,
                        name.equals(DEFAULT)
                                ? "the daemon has no default network yet"
                                : "pod " + pod + ": there is no network " + name + "; create it first (stowbook network create "
                                        + name + ")"));
        if (network.removing()) {
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + pod + ": network " + name + " is being removed");
        }
        return network;
    }

    private static EndpointAddress next(String pod, Network network, AddressPool pool) {
        return new EndpointAddress(
                pool.next().orElseThrow(() -> Draft.reject(
                        ErrorCode.CONFLICT,
                        "pod " + pod + ": network " + network.name() + " (" + pool.subnet() + ") has no address left: remove pods")),
                false);
    }

    private static EndpointAddress asked(State state, String pod, Network network, AddressPool pool, String text) {
        IpAddress address;
        try {
            address = IpAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw Draft.reject(ErrorCode.INVALID, "pod " + pod + ", network " + network.name() + ": " + e.getMessage());
        }
        Subnet subnet = pool.parsed();
        boolean host = subnet.contains(address) && subnet.host(address) >= 1 && subnet.host(address) <= subnet.last();
        if (!host) {
            throw Draft.reject(ErrorCode.INVALID, "pod " + pod + ": " + address + " is no address for a host in " + subnet
                    + ", the subnet of network " + network.name());
        }
        String holder = address.text().equals(pool.gateway())
                ? "the network's gateway"
                : Optional.ofNullable(pool.taken().get(subnet.host(address)))
                        .map(network.members()::get)
                        .map(id -> "pod " + state.pod(id).spec().name())
                        .orElse("");
        if (!holder.isEmpty()) {
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + pod + ": " + address + " in network " + network.name() + " is "
                    + holder + "'s; choose another, or none and let one be chosen");
        }
        return new EndpointAddress(address.text(), true);
    }

    private static void refuseWithoutPool(String pod, Network network, Optional<String> asked, boolean six) {
        if (asked.isPresent() && network.pools().stream().noneMatch(pool -> pool.parsed().six() == six)) {
            throw Draft.reject(ErrorCode.INVALID, "pod " + pod + ": network " + network.name() + " has no IPv" + (six ? 6 : 4)
                    + " subnet, so " + asked.get() + " cannot be had; create the network with one");
        }
    }

    /** Other addresses than those that the host has; empty if the user named them or none is left. */
    static Optional<List<EndpointAddress>> others(State state, EndpointSpec endpoint) {
        Network network = state.networks().get(endpoint.network());
        List<EndpointAddress> others = new ArrayList<>();
        for (int i = 0; i < network.pools().size(); i++) {
            EndpointAddress old = endpoint.addresses().get(i);
            Optional<String> next = network.pools().get(i).next();
            if (!old.asked() && next.isEmpty()) {
                return Optional.empty();
            }
            others.add(old.asked() ? old : new EndpointAddress(next.orElseThrow(), false));
        }
        return others.equals(endpoint.addresses()) ? Optional.empty() : Optional.of(others);
    }
}

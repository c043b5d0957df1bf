package dev.stowbook.network.bridge;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.net.Link;
import dev.stowbook.linux.net.LinkAddress;
import dev.stowbook.linux.net.LinkRequest;
import dev.stowbook.linux.net.Netlink;
import dev.stowbook.linux.net.NftablesException;
import dev.stowbook.linux.net.Route;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Inspection;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.network.CreateNetworkRequest;
import dev.stowbook.spi.network.NetworkState;
import dev.stowbook.spi.network.NetworkSubnet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Networks: a bridge each, with the gateway's address, and its elements in the rules. */
final class Bridges {
    private static final int DEFAULT_MTU = 1500;
    private static final int SHORTEST_PREFIX = 8;

    private final KernelNames names;
    private final Netlink host;
    private final Ruleset rules;
    private final Uplinks uplinks;

    Bridges(KernelNames names, Netlink host, Ruleset rules, Uplinks uplinks) {
        this.names = names;
        this.host = host;
        this.rules = rules;
        this.uplinks = uplinks;
    }

    NetworkState create(CreateNetworkRequest request) throws LinuxException, NftablesException, DriverException {
        String id = request.networkId();
        NetworkSubnet wanted = request.subnets().getFirst();
        Cidr subnet = Cidr.parse(wanted.cidr(), "createNetwork", id).network();
        Cidr gateway = new Cidr(Cidr.address(wanted.gateway(), "createNetwork", id), subnet.prefixLength());
        if (subnet.prefixLength() < SHORTEST_PREFIX || subnet.prefixLength() > 30 || !subnet.contains(gateway.bits())) {
            throw Failures.of(
                    DriverErrorCode.INVALID,
                    "createNetwork",
                    id,
                    "subnet " + wanted.cidr() + " must have a prefix of 8 to 30 bits and hold the gateway " + wanted.gateway());
        }
        String name = names.bridge(id);
        Optional<Link> existing = host.link(name);
        if (existing.isPresent()) {
            refuseForeign(existing.get(), "createNetwork", id);
        }
        refuseOverlap(subnet, existing, id);
        Link bridge = existing.isPresent() ? existing.get() : make(name, request);
        complete(bridge, gateway, request);
        return new NetworkState(id, name);
    }

    private Link make(String name, CreateNetworkRequest request) throws LinuxException, DriverException {
        int mtu = request.mtu().orElse(DEFAULT_MTU);
        host.apply(new LinkRequest.CreateBridge(name, KernelNames.macAddress(name), mtu, names.group()));
        return host.link(name).orElseThrow(() -> vanished(name));
    }

    /** Brings a bridge of ours into the state it should have, from wherever a crash left it. */
    private void complete(Link bridge, Cidr gateway, CreateNetworkRequest request)
            throws LinuxException, NftablesException, DriverException {
        LinkAlias.Network alias = names.network(bridge)
                .orElse(new LinkAlias.Network(names.instance(), request.networkId(), request.internal(), List.of()));
        List<LinkRequest> changes = new ArrayList<>();
        changes.add(new LinkRequest.ChangeLink(
                bridge.index(), Optional.of(true), OptionalInt.empty(), Optional.of(alias.toString())));
        List<String> addresses = addresses(bridge);
        if (!addresses.contains(gateway.toString())) {
            if (!addresses.isEmpty()) {
                throw Failures.of(
                        DriverErrorCode.INVALID,
                        "createNetwork",
                        request.networkId(),
                        bridge.name() + " exists with " + addresses + ", not with " + gateway + "; delete the network first");
            }
            changes.add(new LinkRequest.AddAddress(bridge.index(), gateway.inet(), gateway.prefixLength()));
        }
        host.apply(changes);
        rules.ensure();
        rules.addNetwork(bridge.name(), gateway.network().toString(), request.networkId(), request.internal());
        LinkSettings.set(bridge.name(), LinkSettings.ROUTE_LOCALNET, true);
        if (!request.internal()) {
            LinkSettings.set(bridge.name(), LinkSettings.FORWARDING, true);
            uplinks.need(host.link(bridge.name()).orElseThrow(() -> vanished(bridge.name())), alias, uplinks.ofDefaultRoutes());
        }
    }

    void delete(String networkId) throws LinuxException, NftablesException, DriverException {
        String name = names.bridge(networkId);
        Optional<Link> bridge = host.link(name).filter(names::isOurs);
        if (bridge.isPresent()) {
            List<String> members = members(bridge.get());
            if (!members.isEmpty()) {
                throw Failures.of(
                        DriverErrorCode.BUSY, "deleteNetwork", networkId, "endpoints are joined to it: " + members);
            }
            Optional<LinkAlias.Network> alias = names.network(bridge.get());
            if (alias.isPresent()) {
                uplinks.release(alias.get());
            }
            host.apply(new LinkRequest.DeleteLink(bridge.get().index()));
        }
        rules.removeNetwork(name, networkId);
        if (host.links().stream().noneMatch(link -> names.network(link).isPresent())) {
            rules.delete();
        }
    }

    Inspection inspect(String networkId) throws LinuxException, NftablesException, DriverException {
        String name = names.bridge(networkId);
        Optional<Link> found = host.link(name);
        boolean ruled = rules.names(Ruleset.BRIDGES).contains(name) || !rules.subnets(networkId).isEmpty();
        if (found.isEmpty()) {
            return ruled
                    ? new Inspection(Presence.PARTIAL, "rules name " + name + ", but there is no such link")
                    : new Inspection(Presence.ABSENT, "there is no link " + name);
        }
        Link bridge = found.get();
        if (!names.isOurs(bridge)) {
            return new Inspection(Presence.FOREIGN, describeForeign(bridge));
        }
        List<String> missing = missing(bridge, networkId);
        return missing.isEmpty()
                ? new Inspection(Presence.PRESENT, "bridge " + name + " with " + addresses(bridge))
                : new Inspection(Presence.PARTIAL, "bridge " + name + " lacks " + String.join(", ", missing));
    }

    /** What a bridge of ours lacks, one phrase each; empty if it is whole. */
    List<String> missing(Link bridge, String networkId) throws LinuxException, NftablesException, DriverException {
        List<String> missing = new ArrayList<>();
        Optional<LinkAlias.Network> alias = names.network(bridge);
        if (alias.isEmpty()) {
            missing.add("its alias");
        }
        if (!bridge.up()) {
            missing.add("being up");
        }
        if (addresses(bridge).isEmpty()) {
            missing.add("its address");
        }
        if (!LinkSettings.isOn(bridge.name(), LinkSettings.ROUTE_LOCALNET)) {
            missing.add("route_localnet");
        }
        boolean routed = alias.isPresent() && !alias.get().internal();
        if (routed && !LinkSettings.isOn(bridge.name(), LinkSettings.FORWARDING)) {
            missing.add("forwarding");
        }
        for (String uplink : alias.map(LinkAlias.Network::uplinks).orElse(List.of())) {
            if (!LinkSettings.isOn(uplink, LinkSettings.FORWARDING)) {
                missing.add("forwarding of " + uplink);
            }
        }
        if (!rules.isWhole()) {
            missing.add("the rules of table inet " + names.table());
        } else if (!rules.names(Ruleset.BRIDGES).contains(bridge.name())
                || !rules.names(Ruleset.PAIRS).contains(bridge.name())
                || rules.subnets(networkId).isEmpty()
                || alias.isPresent() && alias.get().internal() != rules.names(Ruleset.INTERNAL).contains(bridge.name())
                || alias.isPresent() && !rules.names(Ruleset.GUARDED).containsAll(alias.get().uplinks())) {
            missing.add("elements of table inet " + names.table());
        }
        return missing;
    }

    /** The bridge of a network that verbs on endpoints need. */
    Link require(String networkId, String operation) throws LinuxException, DriverException {
        String name = names.bridge(networkId);
        Link bridge = host.link(name)
                .orElseThrow(() -> Failures.of(
                        DriverErrorCode.NOT_FOUND, operation, networkId, "there is no network with link " + name));
        refuseForeign(bridge, operation, networkId);
        return bridge;
    }

    private void refuseForeign(Link link, String operation, String target) throws DriverException {
        if (!names.isOurs(link)) {
            throw Failures.of(DriverErrorCode.FOREIGN, operation, target, describeForeign(link));
        }
    }

    static String describeForeign(Link link) {
        return "link " + link.name() + " (" + (link.kind().isEmpty() ? "hardware" : link.kind()) + ", alias '" + link.alias()
                + "') is not of this instance; remove or rename it";
    }

    private void refuseOverlap(Cidr subnet, Optional<Link> own, String id) throws LinuxException, DriverException {
        for (Route route : host.routes()) {
            boolean ipv4 = route.destination().map(network -> network.getAddress().length == 4).orElse(false);
            boolean ours = own.isPresent() && route.linkIndex().equals(OptionalInt.of(own.get().index()));
            // 0.0.0.0/1 and 128.0.0.0/1 are how tunnels write a default route.
            if (!ipv4 || ours || route.prefixLength() <= 1) {
                continue;
            }
            Cidr taken = Cidr.of(route.destination().get(), route.prefixLength());
            if (taken.overlaps(subnet)) {
                throw Failures.of(
                        DriverErrorCode.IN_USE,
                        "createNetwork",
                        id,
                        "subnet " + subnet + " overlaps the host's route to " + taken + "; choose another subnet");
            }
        }
    }

    List<String> addresses(Link link) throws LinuxException {
        return host.addresses().stream()
                .filter(address -> address.linkIndex() == link.index() && address.address().getAddress().length == 4)
                .map(LinkAddress::cidr)
                .toList();
    }

    private List<String> members(Link bridge) throws LinuxException {
        return host.links().stream()
                .filter(link -> link.master().equals(OptionalInt.of(bridge.index())))
                .map(Link::name)
                .toList();
    }

    private static DriverException vanished(String name) {
        return Failures.of(DriverErrorCode.IO, "createNetwork", name, "the link vanished while it was set up; try again");
    }
}

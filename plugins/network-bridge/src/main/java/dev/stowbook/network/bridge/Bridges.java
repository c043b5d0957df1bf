package dev.stowbook.network.bridge;

import dev.stowbook.linux.Errno;
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
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Networks: a bridge each, with the gateway's address, and its elements in the rules. */
final class Bridges {
    private static final Logger LOG = LoggerFactory.getLogger(Bridges.class);
    private static final int DEFAULT_MTU = 1500;

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
        List<Cidr> gateways = Subnets.gateways(request);
        String name = names.bridge(id);
        Optional<Link> existing = host.link(name);
        if (existing.isPresent()) {
            refuseForeign(existing.get(), "createNetwork", id);
        }
        for (Cidr gateway : gateways) {
            if (gateway.ipv6() && !LinkSetting.DISABLE_IPV6.exists(LinkSetting.ALL)) {
                throw Failures.of(
                        DriverErrorCode.UNAVAILABLE, "createNetwork", id, "this host's kernel has no IPv6; leave " + gateway.network() + " out");
            }
            refuseOverlap(gateway.network(), existing, id);
        }
        Link bridge = existing.isPresent() ? existing.get() : make(name, request);
        complete(bridge, gateways, request);
        attach(bridge, id);
        return new NetworkState(id, name);
    }

    private Link make(String name, CreateNetworkRequest request) throws LinuxException, DriverException {
        host.apply(new LinkRequest.CreateBridge(name, KernelNames.macAddress(name), DEFAULT_MTU, names.group()));
        return host.link(name).orElseThrow(() -> vanished(name));
    }

    /** Ties endpoints to their bridge that are not: it was made anew, now or before a crash, since somebody else removed it. */
    private void attach(Link bridge, String networkId) throws LinuxException {
        List<Link> members = host.links().stream()
                .filter(link -> !link.master().equals(OptionalInt.of(bridge.index())))
                .filter(link -> names.endpoint(link)
                        .filter(alias -> alias.networkId().equals(networkId) && alias.phase() == LinkAlias.Phase.JOINED)
                        .isPresent())
                .toList();
        for (Link link : members) {
            try {
                host.apply(
                        new LinkRequest.ChangeLink(link.index(), Optional.of(true), OptionalInt.of(bridge.index()), Optional.empty()),
                        new LinkRequest.ChangeBridgePort(link.index(), true));
            } catch (LinuxException e) {
                if (e.errno() != Errno.ENODEV) { // it has just gone with its namespace
                    throw e;
                }
            }
        }
        for (Link link : members) {
            Readiness.awaitRunning(host, link.name());
        }
        if (!members.isEmpty()) {
            Readiness.awaitRunning(host, bridge.name());
        }
    }

    /** Brings a bridge of ours into the state it should have, from wherever a crash left it. */
    private void complete(Link bridge, List<Cidr> gateways, CreateNetworkRequest request)
            throws LinuxException, NftablesException, DriverException {
        LinkAlias.Network alias = names.network(bridge)
                .orElse(new LinkAlias.Network(names.instance(), request.networkId(), reach(request), LinkAlias.Switched.NOTHING));
        boolean ipv6 = gateways.stream().anyMatch(Cidr::ipv6);
        configure(bridge.name(), ipv6);
        List<LinkRequest> changes = new ArrayList<>();
        // A size that is set by hand stays; the kernel would go by the smallest of the ports otherwise.
        changes.add(new LinkRequest.ChangeLink(
                bridge.index(),
                Optional.of(true),
                OptionalInt.empty(),
                Optional.of(alias.toString()),
                OptionalInt.of(request.mtu().orElse(DEFAULT_MTU))));
        changes.addAll(missingAddresses(bridge, gateways, request));
        host.apply(changes);
        for (Cidr gateway : gateways) {
            if (gateway.ipv6()) {
                Readiness.awaitHearing(host, bridge.index(), gateway.address());
            }
        }
        List<String> subnets = gateways.stream().map(gateway -> gateway.network().toString()).toList();
        rules.ensure();
        rules.addNetwork(bridge.name(), subnets, request.networkId(), alias.reach());
        LinkSetting.ROUTE_LOCALNET.set(bridge.name(), true);
        if (!alias.internal()) {
            String hint = rules.foreignHint();
            if (!hint.isEmpty()) {
                LOG.warn("Network {} is ready{}", request.networkId(), hint);
            }
            for (Cidr gateway : gateways) {
                LinkAlias.Network now = host.link(bridge.name())
                        .flatMap(names::network)
                        .orElseThrow(() -> vanished(bridge.name()));
                uplinks.need(bridge, now, uplinks.ofDefaultRoutes(gateway.ipv6()), gateway.ipv6());
            }
        }
    }

    private static LinkAlias.Reach reach(CreateNetworkRequest request) {
        if (request.internal()) {
            return LinkAlias.Reach.INTERNAL;
        }
        return request.isolated() ? LinkAlias.Reach.ISOLATED : LinkAlias.Reach.OPEN;
    }

    /**
     * IPv6 is for networks that have a subnet of it: link-local addresses would be a second way to the host and between members. Nobody in
     * a network may tell the host where its router is (CVE-2020-13401).
     */
    private static void configure(String bridge, boolean ipv6) throws DriverException {
        if (LinkSetting.DISABLE_IPV6.exists(bridge)) {
            LinkSetting.ADVERTISEMENTS.set(bridge, false);
            LinkSetting.DUPLICATE_DETECTION.set(bridge, false);
            LinkSetting.DISABLE_IPV6.set(bridge, !ipv6);
        }
    }

    private List<LinkRequest> missingAddresses(Link bridge, List<Cidr> gateways, CreateNetworkRequest request)
            throws LinuxException, DriverException {
        List<String> wanted = gateways.stream().map(Cidr::toString).toList();
        List<String> present = addresses(bridge);
        if (!wanted.containsAll(present)) {
            throw Failures.of(
                    DriverErrorCode.INVALID,
                    "createNetwork",
                    request.networkId(),
                    bridge.name() + " exists with " + present + ", not with " + wanted + "; delete the network first");
        }
        return gateways.stream()
                .filter(gateway -> !present.contains(gateway.toString()))
                .<LinkRequest>map(gateway ->
                        new LinkRequest.AddAddress(bridge.index(), gateway.address(), gateway.prefixLength()))
                .toList();
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
                ? new Inspection(Presence.PRESENT, "bridge " + name + " with " + addresses(bridge) + rules.foreignHint())
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
        List<Cidr> gateways = new ArrayList<>();
        for (String address : addresses(bridge)) {
            gateways.add(Cidr.parse(address, "inspect", networkId));
        }
        if (gateways.isEmpty()) {
            missing.add("its address");
        }
        if (!LinkSetting.ROUTE_LOCALNET.isOn(bridge.name())) {
            missing.add("route_localnet");
        }
        if (alias.isPresent()) {
            missing.addAll(missing(bridge, alias.get(), gateways));
        }
        return missing;
    }

    private List<String> missing(Link bridge, LinkAlias.Network alias, List<Cidr> gateways) throws NftablesException, DriverException {
        List<String> missing = new ArrayList<>();
        for (Cidr gateway : gateways) {
            if (!alias.internal() && !uplinks.isForwarding(bridge.name(), alias.switched(), gateway.ipv6())) {
                missing.add("forwarding of " + (gateway.ipv6() ? "IPv6" : "IPv4"));
            }
        }
        List<String> subnets = gateways.stream().map(gateway -> gateway.network().toString()).toList();
        if (!rules.isWhole()) {
            missing.add("the rules of table inet " + names.table());
        } else if (!rules.hasNetwork(bridge.name(), subnets, alias.networkId(), alias.reach())
                || !rules.isGuarded(alias.switched())) {
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
            boolean ours = own.isPresent() && route.linkIndex().equals(OptionalInt.of(own.get().index()));
            // 0.0.0.0/1 and 128.0.0.0/1 are how tunnels write a default route, and 2000::/3 is what the internet has of IPv6.
            int broad = subnet.ipv6() ? 3 : 1;
            boolean special = route.destination().map(InetAddress::isLinkLocalAddress).orElse(true)
                    || route.destination().map(InetAddress::isMulticastAddress).orElse(true);
            if (ours || special || route.ipv6() != subnet.ipv6() || route.prefixLength() <= broad) {
                continue;
            }
            Cidr taken = new Cidr(route.destination().get(), route.prefixLength());
            if (taken.overlaps(subnet)) {
                throw Failures.of(
                        DriverErrorCode.IN_USE,
                        "createNetwork",
                        id,
                        "subnet " + subnet + " overlaps the host's route to " + taken + "; choose another subnet");
            }
        }
    }

    /** The addresses of a link that somebody gave it: not its link-local ones. */
    List<String> addresses(Link link) throws LinuxException {
        return host.addresses().stream()
                .filter(address -> address.linkIndex() == link.index() && !address.address().isLinkLocalAddress())
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

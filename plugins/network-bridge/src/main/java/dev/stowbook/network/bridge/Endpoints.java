package dev.stowbook.network.bridge;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.net.Link;
import dev.stowbook.linux.net.LinkRequest;
import dev.stowbook.linux.net.Netlink;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Inspection;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.network.EndpointState;
import dev.stowbook.spi.network.EndpointTarget;
import dev.stowbook.spi.network.JoinRequest;
import dev.stowbook.spi.network.JoinResult;
import dev.stowbook.spi.network.LeaveRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** Endpoints: a veth pair each, the near end a port of the bridge, the far end made at once inside the sandbox. */
final class Endpoints {
    private static final int LOOPBACK_INDEX = 1; // the first link of every namespace
    private static final int CARRIER_ATTEMPTS = 100;
    private static final Duration CARRIER_PAUSE = Duration.ofMillis(1);

    private final KernelNames names;
    private final Netlink host;
    private final Bridges bridges;
    private final Resolvers resolvers;
    /** Address to link name, as far as known; a hit is checked with the kernel. */
    private final Map<Integer, String> holders = new ConcurrentHashMap<>();

    Endpoints(KernelNames names, Netlink host, Bridges bridges, Resolvers resolvers) {
        this.names = names;
        this.host = host;
        this.bridges = bridges;
        this.resolvers = resolvers;
    }

    /** Reads who holds which address, for a driver that has just been opened. */
    void recall() throws LinuxException, DriverException {
        for (Link link : host.links()) {
            Optional<LinkAlias.Endpoint> alias = names.endpoint(link);
            if (alias.isPresent() && alias.get().phase() != LinkAlias.Phase.LEFT) {
                holders.put(Cidr.parse(alias.get().address(), "open", link.name()).bits(), link.name());
            }
        }
    }

    JoinResult join(JoinRequest request) throws LinuxException, DriverException {
        String id = request.endpointId();
        Cidr address = Cidr.parse(request.addresses().getFirst().cidr(), "join", id);
        int gateway = Cidr.address(request.addresses().getFirst().gateway(), "join", id);
        if (!address.contains(gateway) || gateway == address.bits()) {
            throw Failures.of(
                    DriverErrorCode.INVALID, "join", id, "gateway " + request.addresses().getFirst().gateway() + " is not another address of the network of " + address);
        }
        Link bridge = bridges.require(request.networkId(), "join");
        String name = names.veth(id, request.generation());
        boolean claimed = claim(address, name, id);
        try (Netlink sandbox = Netlink.open(request.sandboxFd())) {
            boolean made = make(name, request, address, bridge);
            Link near = host.link(name).orElseThrow(() -> vanished(id, name));
            try {
                if (!made) {
                    refuseOther(sandbox, near, request);
                }
                mark(near, request, bridge, made);
                configure(sandbox, near, request, address, gateway, made);
                settle(near, request);
                awaitRunning(near.name());
                awaitRunning(bridge.name());
            } catch (LinuxException | DriverException e) {
                discard(near, made, e);
                throw e;
            }
        } catch (LinuxException | DriverException e) {
            if (claimed) {
                holders.remove(address.bits(), name);
            }
            throw e;
        }
        return result(name, request, address);
    }

    /** Makes the pair; false if it is there already. */
    private boolean make(String name, JoinRequest request, Cidr address, Link bridge) throws LinuxException, DriverException {
        try {
            host.apply(new LinkRequest.CreateVeth(
                    name,
                    KernelNames.macAddress(name),
                    bridge.mtu(),
                    names.group(),
                    OptionalInt.of(bridge.index()),
                    request.interfaceName(),
                    address.macAddress(),
                    request.sandboxFd()));
            return true;
        } catch (LinuxException e) {
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
        }
        Link existing = host.link(name)
                .orElseThrow(() -> Failures.of(
                        DriverErrorCode.FOREIGN,
                        "join",
                        request.endpointId(),
                        "the sandbox has a link " + request.interfaceName() + " that is not of this endpoint"));
        if (!names.isOurs(existing)) {
            throw Failures.of(DriverErrorCode.FOREIGN, "join", request.endpointId(), Bridges.describeForeign(existing));
        }
        return false;
    }

    /** Refuses a link found from before that does not lead where the request wants it; nothing has been changed then. */
    private void refuseOther(Netlink sandbox, Link near, JoinRequest request) throws LinuxException, DriverException {
        Optional<Link> far = sandbox.link(request.interfaceName());
        if (far.isEmpty() || !far.get().peerIndex().equals(OptionalInt.of(near.index())) || !far.get().kind().equals("veth")) {
            throw busy(request, near.name() + " leads to another sandbox; a new sandbox needs a new generation");
        }
        Optional<LinkAlias.Endpoint> before = names.endpoint(near);
        boolean live = before.isPresent() && before.get().phase() != LinkAlias.Phase.LEFT;
        if (live && !before.get().in(LinkAlias.Phase.JOINED).equals(alias(request, LinkAlias.Phase.JOINED))) {
            throw busy(request, "it is joined as " + before.get().address() + " to " + before.get().networkId() + "; leave first");
        }
    }

    private static DriverException busy(JoinRequest request, String detail) {
        return Failures.of(DriverErrorCode.BUSY, "join", request.endpointId(), detail);
    }

    /** Says whose the link is, and ties one found from before to the bridge again. */
    private void mark(Link near, JoinRequest request, Link bridge, boolean made) throws LinuxException {
        OptionalInt master = made ? OptionalInt.empty() : OptionalInt.of(bridge.index());
        Optional<Boolean> up = made ? Optional.empty() : Optional.of(true);
        host.apply(new LinkRequest.ChangeLink(
                near.index(), up, master, Optional.of(alias(request, LinkAlias.Phase.JOINING).toString())));
    }

    private void configure(Netlink sandbox, Link near, JoinRequest request, Cidr address, int gateway, boolean made)
            throws LinuxException, DriverException {
        int index = sandbox.link(request.interfaceName())
                .orElseThrow(() -> vanished(request.endpointId(), near.name()))
                .index();
        List<LinkRequest> inside = new ArrayList<>();
        inside.add(up(LOOPBACK_INDEX));
        inside.add(up(index));
        boolean addressed = !made && sandbox.addresses().stream()
                .anyMatch(held -> held.linkIndex() == index && held.cidr().equals(address.toString()));
        if (!addressed) {
            inside.add(new LinkRequest.AddAddress(index, address.inet(), address.prefixLength()));
        }
        inside.add(new LinkRequest.SetDefaultRoute(Cidr.inet(gateway), index));
        sandbox.apply(inside);
    }

    private void settle(Link near, JoinRequest request) throws LinuxException {
        host.apply(
                new LinkRequest.ChangeBridgePort(near.index(), true),
                new LinkRequest.ChangeLink(
                        near.index(),
                        Optional.empty(),
                        OptionalInt.empty(),
                        Optional.of(alias(request, LinkAlias.Phase.JOINED).toString())));
    }

    /**
     * Waits until the kernel has noticed a carrier. It does so in the background (linkwatch) and drops packets until then; a
     * container whose first packet is dropped waits a second before it sends again.
     */
    private void awaitRunning(String name) throws LinuxException {
        for (int attempt = 0; attempt < CARRIER_ATTEMPTS; attempt++) {
            if (host.link(name).map(Link::running).orElse(true)) {
                return;
            }
            LockSupport.parkNanos(CARRIER_PAUSE.toNanos());
        }
    }

    /** Takes away what this very call made; what was there before stays for inspection. */
    private void discard(Link near, boolean made, Exception cause) {
        if (made) {
            try {
                host.apply(new LinkRequest.DeleteLink(near.index()));
            } catch (LinuxException e) {
                cause.addSuppressed(e);
            }
        }
    }

    void leave(LeaveRequest target) throws LinuxException {
        String name = names.veth(target.endpointId(), target.generation());
        holders.values().removeIf(name::equals);
        Optional<Link> near = host.link(name).filter(names::isOurs);
        if (near.isEmpty()) {
            return;
        }
        Optional<LinkAlias.Endpoint> alias = names.endpoint(near.get());
        if (alias.isEmpty()) {
            // Half made, with nothing that says whose: the one case that is worth the 20 ms of an explicit removal.
            host.apply(new LinkRequest.DeleteLink(near.get().index()));
        } else if (target.sandboxFd().isPresent()) {
            host.apply(new LinkRequest.DeleteLink(near.get().index()));
        } else if (alias.get().phase() != LinkAlias.Phase.LEFT) {
            host.apply(new LinkRequest.ChangeLink(
                    near.get().index(),
                    Optional.of(false),
                    OptionalInt.of(0),
                    Optional.of(alias.get().in(LinkAlias.Phase.LEFT).toString())));
        }
    }

    boolean isJoined(String endpointId, int generation) throws LinuxException {
        return host.link(names.veth(endpointId, generation))
                .flatMap(names::endpoint)
                .filter(alias -> alias.phase() == LinkAlias.Phase.JOINED)
                .isPresent();
    }

    Inspection inspect(EndpointTarget target, int publishedPorts) throws LinuxException {
        String name = names.veth(target.endpointId(), target.generation());
        Optional<Link> found = host.link(name);
        if (found.isPresent() && !names.isOurs(found.get())) {
            return new Inspection(Presence.FOREIGN, Bridges.describeForeign(found.get()));
        }
        Optional<LinkAlias.Endpoint> alias = found.flatMap(names::endpoint);
        boolean left = found.isEmpty() || alias.map(a -> a.phase() == LinkAlias.Phase.LEFT).orElse(false);
        if (left) {
            return publishedPorts == 0
                    ? new Inspection(Presence.ABSENT, "there is no joined link " + name)
                    : new Inspection(Presence.PARTIAL, publishedPorts + " ports are published, but no link is joined");
        }
        Link link = found.get();
        if (alias.isEmpty() || alias.get().phase() != LinkAlias.Phase.JOINED) {
            return new Inspection(Presence.PARTIAL, "link " + name + " was left half joined");
        }
        Optional<Link> bridge = host.link(names.bridge(alias.get().networkId()));
        boolean attached = bridge.isPresent() && link.master().equals(OptionalInt.of(bridge.get().index()));
        if (!attached || !link.up()) {
            return new Inspection(Presence.PARTIAL, "link " + name + " is not a live port of its bridge");
        }
        return new Inspection(
                Presence.PRESENT,
                "link " + name + " with " + alias.get().address() + " inside and " + publishedPorts + " ports published");
    }

    /** Endpoints that have not left. */
    List<EndpointState> list() throws LinuxException {
        return host.links().stream()
                .flatMap(link -> names.endpoint(link)
                        .filter(alias -> alias.phase() != LinkAlias.Phase.LEFT)
                        .map(alias -> new EndpointState(
                                alias.endpointId(), alias.generation(), alias.networkId(), link.name(), List.of(alias.address())))
                        .stream())
                .sorted(java.util.Comparator.comparing(EndpointState::linkName))
                .toList();
    }

    /** Notes who holds an address; true if nobody or somebody gone did before, false if this link does already. */
    private boolean claim(Cidr address, String name, String id) throws LinuxException, DriverException {
        String holder = holders.putIfAbsent(address.bits(), name);
        if (holder == null || holder.equals(name)) {
            return holder == null;
        }
        Optional<LinkAlias.Endpoint> other = host.link(holder).flatMap(names::endpoint);
        boolean held = other.isPresent()
                && other.get().phase() != LinkAlias.Phase.LEFT
                && Cidr.parse(other.get().address(), "join", id).bits() == address.bits();
        if (held || !holders.replace(address.bits(), holder, name)) {
            throw Failures.of(
                    DriverErrorCode.IN_USE,
                    "join",
                    id,
                    "address " + Cidr.dotted(address.bits()) + " is held by link " + holder
                            + other.map(alias -> " of endpoint " + alias.endpointId()).orElse(""));
        }
        return true;
    }

    private JoinResult result(String name, JoinRequest request, Cidr address) throws DriverException {
        String device = " dev " + request.interfaceName();
        return new JoinResult(
                name,
                request.interfaceName(),
                address.macAddress(),
                List.of(address.toString()),
                List.of(
                        "default via " + request.addresses().getFirst().gateway() + device,
                        address.network() + device + " proto kernel scope link src " + Cidr.dotted(address.bits())),
                resolvers.reachable());
    }

    private LinkAlias.Endpoint alias(JoinRequest request, LinkAlias.Phase phase) {
        return new LinkAlias.Endpoint(
                names.instance(), request.endpointId(), request.generation(), request.networkId(), request.addresses().getFirst().cidr(), phase);
    }

    private static LinkRequest up(int index) {
        return new LinkRequest.ChangeLink(index, Optional.of(true), OptionalInt.empty(), Optional.empty());
    }

    private static DriverException vanished(String id, String name) {
        return Failures.of(DriverErrorCode.NOT_FOUND, "join", id, name + " vanished while it was set up: its sandbox ended");
    }
}

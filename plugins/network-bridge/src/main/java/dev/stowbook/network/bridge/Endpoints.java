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
import dev.stowbook.spi.network.EndpointAddress;
import dev.stowbook.spi.network.EndpointState;
import dev.stowbook.spi.network.EndpointTarget;
import dev.stowbook.spi.network.JoinRequest;
import dev.stowbook.spi.network.JoinResult;
import dev.stowbook.spi.network.LeaveRequest;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** Endpoints: a veth pair each, the near end a port of the bridge, the far end made at once inside the sandbox. */
final class Endpoints {
    private final KernelNames names;
    private final Netlink host;
    private final Bridges bridges;
    private final Resolvers resolvers;
    private final AddressHolders holders;

    /** Held for reading while a link is there that has no alias yet; for writing by who takes such links for the remains of a crash. */
    private final ReadWriteLock naming = new ReentrantReadWriteLock();

    Endpoints(KernelNames names, Netlink host, Bridges bridges, Resolvers resolvers) {
        this.names = names;
        this.host = host;
        this.bridges = bridges;
        this.resolvers = resolvers;
        this.holders = new AddressHolders(names, host);
    }

    /** Reads who holds which address, for a driver that has just been opened. */
    void recall() throws LinuxException, DriverException {
        holders.recall();
    }

    JoinResult join(JoinRequest request) throws LinuxException, DriverException {
        Inside inside = Inside.of(request);
        Link bridge = bridges.require(request.networkId(), "join");
        String name = names.veth(request.endpointId(), request.generation());
        List<InetAddress> claimed = holders.claim(inside.addresses(), name, request.endpointId());
        try {
            boolean made;
            Link near;
            naming.readLock().lock();
            try {
                made = make(name, inside, bridge);
                near = host.link(name).orElseThrow(() -> vanished(request.endpointId(), name));
                name(near, request, bridge, made);
            } finally {
                naming.readLock().unlock();
            }
            try (Netlink sandbox = made ? inside.enterNew() : Netlink.open(request.sandboxFd())) {
                inside.configure(sandbox, made);
                settle(near, request);
                Readiness.awaitRunning(host, near.name());
                Readiness.awaitRunning(host, bridge.name());
                inside.awaitReady(sandbox);
            } catch (LinuxException | DriverException e) {
                discard(near, made, e);
                throw e;
            }
        } catch (LinuxException | DriverException e) {
            holders.release(claimed, name);
            throw e;
        }
        return inside.result(name, resolvers.reachable());
    }

    /** Makes the pair; false if it is there already. */
    private boolean make(String name, Inside inside, Link bridge) throws LinuxException, DriverException {
        JoinRequest request = inside.request();
        try {
            host.apply(new LinkRequest.CreateVeth(
                    name,
                    KernelNames.macAddress(name),
                    request.mtu().orElse(bridge.mtu()),
                    names.group(),
                    OptionalInt.of(bridge.index()),
                    request.interfaceName(),
                    inside.macAddress(),
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
    private void refuseOther(Link near, JoinRequest request) throws LinuxException, DriverException {
        Optional<Link> far;
        try (Netlink sandbox = Netlink.open(request.sandboxFd())) {
            far = sandbox.link(request.interfaceName());
        }
        if (far.isEmpty() || !far.get().peerIndex().equals(OptionalInt.of(near.index())) || !far.get().kind().equals("veth")) {
            throw busy(request, near.name() + " leads to another sandbox; a new sandbox needs a new generation");
        }
        Optional<LinkAlias.Endpoint> before = names.endpoint(near);
        boolean live = before.isPresent() && before.get().phase() != LinkAlias.Phase.LEFT;
        if (live && !before.get().in(LinkAlias.Phase.JOINED).equals(alias(request, LinkAlias.Phase.JOINED))) {
            throw busy(request, "it is joined as " + before.get().addresses() + " to " + before.get().networkId() + "; leave first");
        }
    }

    private static DriverException busy(JoinRequest request, String detail) {
        return Failures.of(DriverErrorCode.BUSY, "join", request.endpointId(), detail);
    }

    private void name(Link near, JoinRequest request, Link bridge, boolean made) throws LinuxException, DriverException {
        if (!made) {
            refuseOther(near, request);
        }
        try {
            mark(near, request, bridge, made);
        } catch (LinuxException e) {
            discard(near, made, e);
            throw e;
        }
    }

    /** Says whose the link is, and ties one found from before to the bridge again. */
    private void mark(Link near, JoinRequest request, Link bridge, boolean made) throws LinuxException {
        OptionalInt master = made ? OptionalInt.empty() : OptionalInt.of(bridge.index());
        Optional<Boolean> up = made ? Optional.empty() : Optional.of(true);
        host.apply(new LinkRequest.ChangeLink(
                near.index(), up, master, Optional.of(alias(request, LinkAlias.Phase.JOINING).toString())));
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

    void leave(LeaveRequest request) throws LinuxException {
        String name = names.veth(request.endpointId(), request.generation());
        holders.release(name);
        Optional<Link> near = host.link(name).filter(names::isOurs);
        if (near.isEmpty()) {
            return;
        }
        Optional<LinkAlias.Endpoint> alias = names.endpoint(near.get());
        if (alias.isEmpty() || request.sandboxFd().isPresent()) {
            // Half made, with nothing that says whose, or to be gone from a sandbox that goes on: worth the 20 ms of an explicit removal.
            remove(near.get());
        } else if (alias.get().phase() != LinkAlias.Phase.LEFT) {
            host.apply(new LinkRequest.ChangeLink(
                    near.get().index(),
                    Optional.of(false),
                    OptionalInt.of(0),
                    Optional.of(alias.get().in(LinkAlias.Phase.LEFT).toString())));
        }
    }

    private void remove(Link near) throws LinuxException {
        try {
            host.apply(new LinkRequest.DeleteLink(near.index()));
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENODEV) { // its sandbox ended meanwhile
                throw e;
            }
        }
    }

    /** Removes links of ours that a crash left without an alias, bridges too. @return their names */
    List<String> removeUnnamed() throws LinuxException {
        List<String> removed = new ArrayList<>();
        naming.writeLock().lock();
        try {
            for (Link link : host.links()) {
                if (names.isUnnamed(link)) {
                    remove(link);
                    removed.add(link.name());
                }
            }
        } finally {
            naming.writeLock().unlock();
        }
        return removed;
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
                "link " + name + " with " + alias.get().addresses() + " inside and " + publishedPorts + " ports published");
    }

    /** Endpoints that have not left. */
    List<EndpointState> list() throws LinuxException {
        return host.links().stream()
                .flatMap(link -> names.endpoint(link)
                        .filter(alias -> alias.phase() != LinkAlias.Phase.LEFT)
                        .map(alias -> new EndpointState(
                                alias.endpointId(), alias.generation(), alias.networkId(), link.name(), alias.addresses()))
                        .stream())
                .sorted(java.util.Comparator.comparing(EndpointState::linkName))
                .toList();
    }

    private LinkAlias.Endpoint alias(JoinRequest request, LinkAlias.Phase phase) {
        return new LinkAlias.Endpoint(
                names.instance(),
                request.endpointId(),
                request.generation(),
                request.networkId(),
                request.addresses().stream().map(EndpointAddress::cidr).toList(),
                phase);
    }

    private static DriverException vanished(String id, String name) {
        return Failures.of(DriverErrorCode.NOT_FOUND, "join", id, name + " vanished while it was set up: its sandbox ended");
    }
}

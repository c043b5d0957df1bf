package dev.stowbook.network.bridge;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.net.IpAddresses;
import dev.stowbook.linux.net.Link;
import dev.stowbook.linux.net.LinkAddress;
import dev.stowbook.linux.net.Netlink;
import dev.stowbook.linux.net.NftablesException;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.network.PortMapping;
import dev.stowbook.spi.network.PublishRequest;
import dev.stowbook.spi.network.PublishedPort;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** Publishes ports: sees to it that packets get there, and that flows of before don't go where they went. */
final class Publisher {
    private final KernelNames names;
    private final Netlink host;
    private final Flows flows;
    private final Uplinks uplinks;
    private final Bridges bridges;
    private final Endpoints endpoints;
    private final PublishedPorts ports;
    private final ReentrantLock networkLock;

    Publisher(
            KernelNames names,
            Netlink host,
            Flows flows,
            Uplinks uplinks,
            Bridges bridges,
            Endpoints endpoints,
            PublishedPorts ports,
            ReentrantLock networkLock) {
        this.names = names;
        this.host = host;
        this.flows = flows;
        this.uplinks = uplinks;
        this.bridges = bridges;
        this.endpoints = endpoints;
        this.ports = ports;
        this.networkLock = networkLock;
    }

    void publish(PublishRequest request) throws LinuxException, NftablesException, DriverException {
        Link bridge = bridges.require(request.networkId(), "publish");
        check(request, bridge);
        List<PublishedPort> wanted = PublishedPorts.wanted(request);
        ports.publish(wanted);
        flows.published(wanted);
    }

    /** Publishes again what somebody else took away, if the endpoint is still joined. */
    List<PublishedPort> restore(PublishRequest request) throws LinuxException, NftablesException, DriverException {
        return ports.restore(
                PublishedPorts.wanted(request),
                () -> endpoints.isJoined(request.endpointId(), request.generation()));
    }

    /** Takes an endpoint's published ports away, with the flows that went through them. */
    void withdraw(String endpointId) throws LinuxException, NftablesException, DriverException {
        flows.withdrawn(ports.unpublish(endpointId));
    }

    /** Sees to it that packets to the published addresses may be forwarded to the bridge. */
    private void check(PublishRequest request, Link bridge) throws LinuxException, NftablesException, DriverException {
        String id = request.endpointId();
        for (String address : request.addresses()) {
            Cidr.address(address, "publish", id);
        }
        LinkAlias.Network alias = names.network(bridge)
                .orElseThrow(() -> Failures.of(
                        DriverErrorCode.NOT_FOUND, "publish", request.networkId(), "the network is half made; create it again"));
        for (PortMapping port : request.ports()) {
            InetAddress address = Cidr.address(port.hostAddress(), "publish", id);
            if (!isRange(port.hostPort(), port.count()) || !isRange(port.containerPort(), port.count())) {
                throw invalid(id, port + ": ports are numbers from 1 to 65535");
            }
            if (request.translated(port).isEmpty() && request.proxied(port).isEmpty()) {
                throw invalid(id, PublishedPorts.describe(port) + " can't lead anywhere: the endpoint has no address");
            }
            if (alias.internal() && !address.isLoopbackAddress()) {
                throw invalid(
                        id, "an internal network can publish on 127.0.0.0/8 and ::1 only, not on " + PublishedPorts.describe(port));
            }
            if (!address.isLoopbackAddress() && !address.isAnyLocalAddress()) {
                forwardFrom(address, request, bridge);
            }
        }
    }

    private static boolean isRange(int first, int count) {
        return first >= 1 && count >= 1 && count <= 65536 - first;
    }

    private void forwardFrom(InetAddress address, PublishRequest request, Link bridge)
            throws LinuxException, NftablesException, DriverException {
        LinkAddress held = host.addresses().stream()
                .filter(candidate -> candidate.address().equals(address))
                .findFirst()
                .orElseThrow(() -> invalid(request.endpointId(), IpAddresses.text(address) + " is not an address of this host"));
        Optional<Link> link =
                host.links().stream().filter(candidate -> candidate.index() == held.linkIndex()).findFirst();
        if (link.isPresent() && !link.get().loopback() && !link.get().name().startsWith(KernelNames.BRIDGE_PREFIX)) {
            networkLock.lock();
            try {
                LinkAlias.Network alias = host.link(bridge.name())
                        .flatMap(names::network)
                        .orElseThrow(() -> invalid(request.networkId(), "the network vanished meanwhile"));
                uplinks.need(bridge, alias, List.of(link.get().name()), new Cidr(address, 0).ipv6());
            } finally {
                networkLock.unlock();
            }
        }
    }

    private static DriverException invalid(String target, String detail) {
        return Failures.of(DriverErrorCode.INVALID, "publish", target, detail);
    }
}

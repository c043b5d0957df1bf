package dev.stowbook.network.bridge;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.net.Conntrack;
import dev.stowbook.linux.net.Link;
import dev.stowbook.linux.net.LinkAddress;
import dev.stowbook.linux.net.LinkRequest;
import dev.stowbook.linux.net.Netlink;
import dev.stowbook.linux.net.Nftables;
import dev.stowbook.linux.net.NftablesException;
import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Inspection;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.network.CreateNetworkRequest;
import dev.stowbook.spi.network.EndpointTarget;
import dev.stowbook.spi.network.JoinRequest;
import dev.stowbook.spi.network.JoinResult;
import dev.stowbook.spi.network.LeaveRequest;
import dev.stowbook.spi.network.NetworkDriver;
import dev.stowbook.spi.network.NetworkListing;
import dev.stowbook.spi.network.NetworkState;
import dev.stowbook.spi.network.NetworkTarget;
import dev.stowbook.spi.network.PortMapping;
import dev.stowbook.spi.network.PublishRequest;
import dev.stowbook.spi.network.PublishedPort;
import dev.stowbook.spi.network.RepairRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Networks as Linux bridges. It works on the network namespace of the thread that opened it. Everything it knows it reads from the
 * kernel: names derive from ids, aliases of links say whose they are, elements of the nftables table say what is published.
 */
final class BridgeNetworkDriver implements NetworkDriver {
    private static final int IPPROTO_UDP = 17;

    private final KernelNames names;
    private final Netlink host;
    private final Nftables nft;
    private final Conntrack conntrack;
    private final Ruleset rules;
    private final Uplinks uplinks;
    private final Bridges bridges;
    private final Endpoints endpoints;
    private final PublishedPorts ports;
    /** Verbs on networks share the table and the uplinks, so they exclude each other; verbs on endpoints do not. */
    private final ReentrantLock networkLock = new ReentrantLock();

    private BridgeNetworkDriver(KernelNames names, Netlink host, Nftables nft, Conntrack conntrack, Resolvers resolvers) {
        this.names = names;
        this.host = host;
        this.nft = nft;
        this.conntrack = conntrack;
        this.rules = new Ruleset(nft, names.table());
        this.uplinks = new Uplinks(host, rules);
        this.bridges = new Bridges(names, host, rules, uplinks);
        this.endpoints = new Endpoints(names, host, bridges, resolvers);
        this.ports = new PublishedPorts(rules);
    }

    static BridgeNetworkDriver open(DriverContext context, Resolvers resolvers) throws DriverException {
        String instance = context.instanceId();
        return run("open", instance, () -> {
            List<Runnable> opened = new ArrayList<>();
            try {
                Netlink host = Netlink.open();
                opened.add(host::close);
                Nftables nft = Nftables.open();
                opened.add(nft::close);
                Conntrack conntrack = Conntrack.open();
                opened.add(conntrack::close);
                BridgeNetworkDriver driver =
                        new BridgeNetworkDriver(new KernelNames(instance), host, nft, conntrack, resolvers);
                driver.endpoints.recall();
                driver.ports.list();
                opened.clear();
                return driver;
            } finally {
                opened.forEach(Runnable::run);
            }
        });
    }

    @Override
    public NetworkState createNetwork(CreateNetworkRequest request) throws DriverException {
        return onNetworks("createNetwork", request.networkId(), () -> bridges.create(request));
    }

    @Override
    public void deleteNetwork(NetworkTarget target) throws DriverException {
        onNetworks("deleteNetwork", target.networkId(), () -> {
            bridges.delete(target.networkId());
            return target;
        });
    }

    @Override
    public JoinResult join(JoinRequest request) throws DriverException {
        return run("join", request.endpointId(), () -> endpoints.join(request));
    }

    @Override
    public void leave(LeaveRequest request) throws DriverException {
        run("leave", request.endpointId(), () -> {
            endpoints.leave(request);
            withdraw(request.target()); // last, so that a repair that runs meanwhile can't publish again what is leaving
            return request;
        });
    }

    @Override
    public void publish(PublishRequest request) throws DriverException {
        run("publish", request.endpointId(), () -> {
            Link bridge = bridges.require(request.networkId(), "publish");
            reachable(request, bridge);
            ports.publish(request);
            forgetUdp(PublishedPorts.wanted(request));
            return request;
        });
    }

    @Override
    public void unpublish(EndpointTarget target) throws DriverException {
        run("unpublish", target.endpointId(), () -> {
            withdraw(target);
            return target;
        });
    }

    @Override
    public Inspection inspectNetwork(NetworkTarget target) throws DriverException {
        return onNetworks("inspectNetwork", target.networkId(), () -> bridges.inspect(target.networkId()));
    }

    @Override
    public Inspection inspectEndpoint(EndpointTarget target) throws DriverException {
        return run("inspectEndpoint", target.endpointId(), () -> {
            long published = ports.list().stream()
                    .filter(port -> port.endpointId().equals(target.endpointId()))
                    .count();
            return endpoints.inspect(target, (int) published);
        });
    }

    @Override
    public NetworkListing list() throws DriverException {
        return run("list", names.instance(), () -> {
            List<NetworkState> networks = host.links().stream()
                    .flatMap(link -> names.network(link)
                            .map(alias -> new NetworkState(alias.networkId(), link.name()))
                            .stream())
                    .sorted(Comparator.comparing(NetworkState::linkName))
                    .toList();
            return new NetworkListing(networks, endpoints.list(), ports.list());
        });
    }

    @Override
    public List<String> repair(RepairRequest request) throws DriverException {
        return onNetworks("repair", names.instance(), () -> {
            List<String> restored = new ArrayList<>();
            for (Link link : host.links()) {
                if (names.isUnnamed(link)) {
                    host.apply(new LinkRequest.DeleteLink(link.index()));
                    restored.add("removed link " + link.name() + ", which a crash had left without its alias");
                }
            }
            for (CreateNetworkRequest network : request.networks()) {
                Inspection before = bridges.inspect(network.networkId());
                if (before.presence() == Presence.PARTIAL) {
                    bridges.create(network);
                    restored.add("network " + network.networkId() + ": " + before.detail());
                }
            }
            List<PublishedPort> present = ports.list();
            for (PublishRequest published : request.published()) {
                List<PublishedPort> missing = PublishedPorts.wanted(published).stream()
                        .filter(port -> !present.contains(port))
                        .toList();
                if (!missing.isEmpty() && endpoints.isJoined(published.endpointId(), published.generation())) {
                    publish(published);
                    missing.forEach(port -> restored.add("published port " + PublishedPorts.describe(port.port())));
                }
            }
            return List.copyOf(restored);
        });
    }

    /**
     * Takes published ports away. To the kernel a UDP sender that never pauses is one flow, which would be translated as before for
     * ever, so its flows are forgotten. TCP connections end with the container.
     */
    private void withdraw(EndpointTarget target) throws LinuxException, NftablesException, DriverException {
        forgetUdp(ports.unpublish(target.endpointId()));
    }

    /** Makes UDP flows to these ports, and those translated to their endpoints, start anew. */
    private void forgetUdp(List<PublishedPort> changed) throws LinuxException {
        List<PublishedPort> udp = changed.stream()
                .filter(port -> port.port().protocol() == PortMapping.Protocol.UDP)
                .toList();
        if (!udp.isEmpty()) {
            conntrack.forget(flow -> flow.protocol() == IPPROTO_UDP && udp.stream().anyMatch(port -> concerns(flow, port)));
        }
    }

    private static boolean concerns(Conntrack.Flow flow, PublishedPort port) {
        return flow.destinationPort() == port.port().hostPort()
                && (PublishedPorts.isAny(port.port())
                        || flow.destination().getHostAddress().equals(port.port().hostAddress()));
    }

    /** Sees to it that packets to the published addresses may be forwarded to the bridge. */
    private void reachable(PublishRequest request, Link bridge) throws LinuxException, NftablesException, DriverException {
        Cidr.address(request.addresses().getFirst(), "publish", request.endpointId());
        LinkAlias.Network alias = names.network(bridge)
                .orElseThrow(() -> Failures.of(
                        DriverErrorCode.NOT_FOUND, "publish", request.networkId(), "the network is half made; create it again"));
        for (PortMapping port : request.ports()) {
            int address = Cidr.address(port.hostAddress(), "publish", request.endpointId());
            boolean loopback = address >>> 24 == 127;
            if (port.hostPort() < 1 || port.hostPort() > 65535 || port.containerPort() < 1 || port.containerPort() > 65535) {
                throw Failures.of(
                        DriverErrorCode.INVALID, "publish", request.endpointId(), port + ": a port is a number from 1 to 65535");
            }
            if (alias.internal() && !loopback) {
                throw Failures.of(
                        DriverErrorCode.INVALID,
                        "publish",
                        request.endpointId(),
                        "an internal network can publish on 127.0.0.0/8 only, not on " + PublishedPorts.describe(port));
            }
            if (!loopback && !PublishedPorts.isAny(port)) {
                forwardFrom(address, request, bridge, alias);
            }
        }
    }

    private void forwardFrom(int address, PublishRequest request, Link bridge, LinkAlias.Network alias)
            throws LinuxException, NftablesException, DriverException {
        Optional<LinkAddress> held = host.addresses().stream()
                .filter(candidate -> candidate.address().equals(Cidr.inet(address)))
                .findFirst();
        if (held.isEmpty()) {
            throw Failures.of(
                    DriverErrorCode.INVALID,
                    "publish",
                    request.endpointId(),
                    Cidr.dotted(address) + " is not an address of this host");
        }
        Optional<Link> link = host.links().stream()
                .filter(candidate -> candidate.index() == held.get().linkIndex())
                .findFirst();
        if (link.isPresent() && !link.get().loopback() && !link.get().name().startsWith(KernelNames.BRIDGE_PREFIX)
                && !alias.uplinks().contains(link.get().name())) {
            networkLock.lock();
            try {
                uplinks.need(bridge, alias, List.of(link.get().name()));
            } finally {
                networkLock.unlock();
            }
        }
    }

    @Override
    public void close() {
        host.close();
        nft.close();
        conntrack.close();
    }

    private <T> T onNetworks(String operation, String target, Verb<T> verb) throws DriverException {
        networkLock.lock();
        try {
            return run(operation, target, verb);
        } finally {
            networkLock.unlock();
        }
    }

    private static <T> T run(String operation, String target, Verb<T> verb) throws DriverException {
        try {
            return verb.run();
        } catch (LinuxException e) {
            throw Failures.of(e, operation, target);
        } catch (NftablesException e) {
            throw Failures.of(e, operation, target);
        }
    }

    private interface Verb<T> {
        T run() throws LinuxException, NftablesException, DriverException;
    }
}

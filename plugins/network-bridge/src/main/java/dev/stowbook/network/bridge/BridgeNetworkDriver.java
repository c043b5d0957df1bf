package dev.stowbook.network.bridge;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.net.Conntrack;
import dev.stowbook.linux.net.Netlink;
import dev.stowbook.linux.net.Nftables;
import dev.stowbook.linux.net.NftablesException;
import dev.stowbook.spi.DriverContext;
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
import dev.stowbook.spi.network.PublishRequest;
import dev.stowbook.spi.network.RepairRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/**
 * Networks as Linux bridges. It works on the network namespace of the thread that opened it. Everything it knows it reads from the
 * kernel: names derive from ids, aliases of links say whose they are, elements of the nftables table say what is published.
 */
final class BridgeNetworkDriver implements NetworkDriver {
    private final KernelNames names;
    private final Netlink host;
    private final Bridges bridges;
    private final Endpoints endpoints;
    private final PublishedPorts ports;
    private final Publisher publisher;
    private final List<Runnable> closing;
    /** Verbs on networks share the table and the uplinks, so they exclude each other; verbs on endpoints do not. */
    private final ReentrantLock networkLock;

    private BridgeNetworkDriver(KernelNames names, Kernel kernel, Resolvers resolvers, boolean linkByLink, List<Runnable> closing) {
        this.names = names;
        this.host = kernel.host();
        this.closing = closing;
        Ruleset rules = new Ruleset(kernel.nft(), names.table());
        Uplinks uplinks = new Uplinks(host, rules, linkByLink);
        this.networkLock = new ReentrantLock();
        this.bridges = new Bridges(names, host, rules, uplinks);
        this.endpoints = new Endpoints(names, host, bridges, resolvers);
        this.ports = new PublishedPorts(rules);
        Flows flows = new Flows(host, kernel.conntrack());
        closing.addFirst(flows::close);
        this.publisher = new Publisher(names, host, flows, uplinks, bridges, endpoints, ports, networkLock);
    }

    /** The sockets to the kernel. */
    record Kernel(Netlink host, Nftables nft, Conntrack conntrack) {}

    /** @param linkByLink whether the kernel forwards IPv6 link by link */
    static BridgeNetworkDriver open(DriverContext context, Resolvers resolvers, boolean linkByLink) throws DriverException {
        return open(context, resolvers, linkByLink, UnaryOperator.identity(), UnaryOperator.identity());
    }

    /** The same, with something between the driver and the kernel: the conformance kit's faults. */
    static BridgeNetworkDriver open(
            DriverContext context, Resolvers resolvers, boolean linkByLink, UnaryOperator<Netlink> links, UnaryOperator<Nftables> rules)
            throws DriverException {
        String instance = context.instanceId();
        return run("open", instance, () -> {
            List<Runnable> opened = new ArrayList<>();
            boolean done = false;
            try {
                Netlink host = links.apply(Netlink.open());
                opened.add(host::close);
                Nftables nft = rules.apply(Nftables.open());
                opened.add(nft::close);
                Conntrack conntrack = Conntrack.open();
                opened.add(conntrack::close);
                BridgeNetworkDriver driver = new BridgeNetworkDriver(
                        new KernelNames(instance), new Kernel(host, nft, conntrack), resolvers, linkByLink, opened);
                driver.endpoints.recall();
                driver.ports.recall();
                RulesWatch watch = new RulesWatch(
                        driver.names, host, driver.bridges, driver.ports, driver.networkLock, context::observe);
                opened.addFirst(watch.begin()::close);
                done = true;
                return driver;
            } finally {
                if (!done) {
                    opened.forEach(Runnable::run);
                }
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
            publisher.withdraw(request.endpointId()); // last, so that a repair that runs meanwhile can't publish again what is leaving
            return request;
        });
    }

    @Override
    public void publish(PublishRequest request) throws DriverException {
        run("publish", request.endpointId(), () -> {
            publisher.publish(request);
            return request;
        });
    }

    @Override
    public void unpublish(EndpointTarget target) throws DriverException {
        run("unpublish", target.endpointId(), () -> {
            publisher.withdraw(target.endpointId());
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
            endpoints.removeUnnamed().forEach(link -> restored.add("removed link " + link + ", which a crash had left without its alias"));
            for (CreateNetworkRequest network : request.networks()) {
                Inspection before = bridges.inspect(network.networkId());
                if (before.presence() == Presence.PARTIAL) {
                    bridges.create(network);
                    restored.add("network " + network.networkId() + ": " + before.detail());
                }
            }
            for (PublishRequest published : request.published()) {
                publisher
                        .restore(published)
                        .forEach(port -> restored.add("published port " + PublishedPorts.describe(port.port())));
            }
            return List.copyOf(restored);
        });
    }

    @Override
    public void close() {
        closing.forEach(Runnable::run);
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

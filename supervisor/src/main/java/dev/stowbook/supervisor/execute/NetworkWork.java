package dev.stowbook.supervisor.execute;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.network.CreateNetworkRequest;
import dev.stowbook.spi.network.EndpointAddress;
import dev.stowbook.spi.network.EndpointTarget;
import dev.stowbook.spi.network.JoinRequest;
import dev.stowbook.spi.network.JoinResult;
import dev.stowbook.spi.network.LeaveRequest;
import dev.stowbook.spi.network.NetworkDriver;
import dev.stowbook.spi.network.NetworkState;
import dev.stowbook.spi.network.NetworkSubnet;
import dev.stowbook.spi.network.NetworkTarget;
import dev.stowbook.spi.network.PortMapping;
import dev.stowbook.spi.network.PublishRequest;
import dev.stowbook.spi.network.RepairRequest;
import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.driver.GuardedDriver;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PortSpec;
import dev.stowbook.supervisor.model.ProcessIdentity;
import dev.stowbook.supervisor.model.PublishedPort;
import dev.stowbook.supervisor.model.SubnetSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What network drivers are asked. */
final class NetworkWork {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final GuardedDriver<NetworkDriver> network;
    private final Directories directories;
    private final PortHolders holders;
    private final Outcomes outcomes;
    private final Map<NetworkId, CompletableFuture<NetworkState>> ensured = new ConcurrentHashMap<>();

    NetworkWork(
            GuardedDriver<NetworkDriver> network, Directories directories, PortHolders holders, Outcomes outcomes) {
        this.network = network;
        this.directories = directories;
        this.holders = holders;
        this.outcomes = outcomes;
    }

    void ensure(Effect.EnsureNetwork effect, Outcomes.Origin origin) {
        CreateNetworkRequest request = request(effect);
        CompletableFuture<NetworkState> work = network.call(
                "createNetwork", effect.network().value(), DEADLINE, driver -> driver.createNetwork(request));
        ensured.put(effect.network(), work);
        work.whenComplete((state, failure) -> {
            var command = failure == null
                    ? new DaemonCommand.NetworkIsReady(effect.network(), state.linkName())
                    : missing(effect, Outcomes.cause(failure));
            outcomes.report(command, Actor.Kind.DRIVER, network.name(), origin);
        });
    }

    private static CreateNetworkRequest request(Effect.EnsureNetwork effect) {
        return new CreateNetworkRequest(
                effect.network().value(),
                effect.subnets().stream()
                        .map(each -> new NetworkSubnet(each.subnet(), each.gateway()))
                        .toList(),
                effect.mtu(),
                effect.internal(),
                effect.isolated(),
                "network");
    }

    void drop(Effect.DropNetwork effect, Outcomes.Origin origin) {
        NetworkTarget target = new NetworkTarget(effect.network().value(), "network");
        ensured.getOrDefault(effect.network(), CompletableFuture.completedFuture(null))
                .handle((state, failure) -> true)
                .thenCompose(made -> network.run(
                        "deleteNetwork", target.networkId(), DEADLINE, driver -> driver.deleteNetwork(target)))
                .whenComplete((nothing, failure) -> {
                    ensured.remove(effect.network());
                    outcomes.report(gone(effect, failure), Actor.Kind.DRIVER, network.name(), origin);
                });
    }

    private static DaemonCommand gone(Effect.DropNetwork effect, @Nullable Throwable failure) {
        if (failure == null) {
            return new DaemonCommand.NetworkIsGone(effect.network());
        }
        Throwable cause = Outcomes.cause(failure);
        return new DaemonCommand.NetworkIsStuck(effect.network(), code(cause), String.valueOf(cause.getMessage()));
    }

    private static String code(Throwable failure) {
        return failure instanceof DriverException e ? e.code().name() : DriverErrorCode.IO.name();
    }

    private static DaemonCommand missing(Effect.EnsureNetwork effect, Throwable failure) {
        return new DaemonCommand.NetworkIsMissing(effect.network(), code(failure), String.valueOf(failure.getMessage()));
    }

    /** A network that is being made is waited for; whether it could be made, the join itself finds out. */
    void join(Effect.JoinEndpoint effect, Outcomes.Origin origin) {
        CompletableFuture<JoinResult> work = ensured.getOrDefault(
                        effect.endpoint().network(), CompletableFuture.completedFuture(null))
                .handle((state, failure) -> true)
                .thenCompose(made -> join(effect));
        outcomes.step(
                effect.step(),
                effect.pod(),
                network.name(),
                origin,
                work,
                joined -> micros -> new StepEvent.EndpointJoined(
                        effect.step(),
                        effect.pod(),
                        effect.endpoint().id(),
                        joined.hostLinkName(),
                        joined.macAddress(),
                        joined.addresses(),
                        micros));
    }

    /** Joining once more changes the routes and nothing else. */
    void route(Effect.RouteEndpoint effect, Outcomes.Origin origin) {
        Effect.JoinEndpoint joined = effect.joined();
        outcomes.step(
                effect.step(),
                joined.pod(),
                network.name(),
                origin,
                join(joined),
                result -> micros -> new StepEvent.EndpointRouted(
                        effect.step(), joined.pod(), joined.endpoint().id(), joined.leadsOut(), micros));
    }

    private CompletableFuture<JoinResult> join(Effect.JoinEndpoint effect) {
        Path sandbox = directories.namespace(effect.pod(), "net");
        EndpointSpec endpoint = effect.endpoint();
        return network.call("join", endpoint.id().value(), DEADLINE, driver -> {
            try (Fd fd = Fd.own(LibC.open(sandbox.toString(), LibC.O_RDONLY | LibC.O_CLOEXEC, 0))) {
                return driver.join(new JoinRequest(
                        endpoint.id().value(),
                        effect.generation(),
                        endpoint.network().value(),
                        fd.number(),
                        addresses(effect),
                        effect.leadsOut(),
                        effect.mtu(),
                        endpoint.macAddress(),
                        endpoint.interfaceName(),
                        effect.step().toString()));
            }
        });
    }

    private static List<EndpointAddress> addresses(Effect.JoinEndpoint effect) {
        List<EndpointAddress> addresses = new ArrayList<>();
        for (int i = 0; i < effect.subnets().size(); i++) {
            SubnetSpec subnet = effect.subnets().get(i);
            String prefix = subnet.subnet().substring(subnet.subnet().indexOf('/'));
            addresses.add(new EndpointAddress(
                    effect.endpoint().addresses().get(i).address() + prefix, subnet.gateway()));
        }
        return addresses;
    }

    /** The sockets are bound first, so that a port somebody else listens on is never shadowed. */
    void publish(Effect.PublishPorts effect, Outcomes.Origin origin) {
        PublishRequest request = request(effect.publication(), effect.step().toString());
        CompletableFuture<Optional<ProcessIdentity>> work = holders.hold(effect.pod(), request)
                .thenCompose(holder -> network.run(
                                "publish", effect.endpoint().id().value(), DEADLINE, driver -> driver.publish(request))
                        .handle((nothing, failure) -> {
                            if (failure != null) {
                                release(effect.pod());
                                throw new CompletionException(Outcomes.cause(failure));
                            }
                            return Optional.of(holder);
                        }));
        outcomes.step(
                effect.step(),
                effect.pod(),
                network.name(),
                origin,
                work,
                holder -> micros ->
                        new StepEvent.PortsPublished(effect.step(), effect.pod(), effect.ports(), holder, micros));
    }

    private static PublishRequest request(Effect.Publication publication, String operation) {
        return new PublishRequest(
                publication.endpoint().id().value(),
                publication.generation(),
                publication.endpoint().network().value(),
                publication.endpoint().addresses().stream().map(each -> each.address()).toList(),
                publication.ports().stream().map(NetworkWork::mapping).toList(),
                operation);
    }

    /** Somebody removed rules of ours: what should stand is put back, and what had to be is told. */
    void repair(Effect.RepairRules effect, Outcomes.Origin origin) {
        RepairRequest request = new RepairRequest(
                effect.networks().stream().map(NetworkWork::request).toList(),
                effect.published().stream().map(publication -> request(publication, "repair")).toList(),
                "repair");
        // What is just being made is not missing.
        CompletableFuture.allOf(ensured.values().toArray(CompletableFuture[]::new))
                .handle((made, failure) -> true)
                .thenCompose(made -> network.call("repair", "repair", DEADLINE, driver -> driver.repair(request)))
                .exceptionally(failure -> List.of("could not be repaired: " + Outcomes.cause(failure).getMessage()))
                .thenAccept(repaired -> outcomes.report(
                        new Report.ReportRulesRepaired(repaired), Actor.Kind.DRIVER, network.name(), origin));
    }

    private static PortMapping mapping(PublishedPort port) {
        return new PortMapping(
                port.hostAddress(),
                port.hostPort(),
                port.containerPort(),
                port.count(),
                port.protocol() == PortSpec.Protocol.TCP ? PortMapping.Protocol.TCP : PortMapping.Protocol.UDP);
    }

    void leave(Effect.LeaveEndpoint effect, Outcomes.Origin origin) {
        String endpoint = effect.endpoint().id().value();
        EndpointTarget target = new EndpointTarget(endpoint, effect.generation(), effect.step().toString());
        CompletableFuture<?> left = network.call("leave", endpoint, DEADLINE, driver -> {
            driver.unpublish(target);
            if (effect.goesOn()) {
                leaveLiving(driver, effect, target);
            } else {
                driver.leave(new LeaveRequest(
                        target.endpointId(), target.generation(), OptionalInt.empty(), target.operationId()));
            }
            return true;
        });
        CompletableFuture<?> all = effect.published() ? left.thenRun(() -> release(effect.pod())) : left;
        outcomes.step(
                effect.step(),
                effect.pod(),
                network.name(),
                origin,
                all,
                nothing -> micros ->
                        new StepEvent.EndpointLeft(effect.step(), effect.pod(), effect.endpoint().id(), micros));
    }

    private void leaveLiving(NetworkDriver driver, Effect.LeaveEndpoint effect, EndpointTarget target)
            throws DriverException {
        Path sandbox = directories.namespace(effect.pod(), "net");
        try (Fd fd = Fd.own(LibC.open(sandbox.toString(), LibC.O_RDONLY | LibC.O_CLOEXEC, 0))) {
            driver.leave(new LeaveRequest(
                    target.endpointId(), target.generation(), OptionalInt.of(fd.number()), target.operationId()));
        }
    }

    private void release(PodId pod) {
        try {
            holders.release(pod);
        } catch (Exception e) {
            throw new CompletionException(e);
        }
    }
}

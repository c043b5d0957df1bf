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
import dev.stowbook.spi.network.PortMapping;
import dev.stowbook.spi.network.PublishRequest;
import dev.stowbook.spi.network.RepairRequest;
import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.driver.GuardedDriver;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PortSpec;
import dev.stowbook.supervisor.model.ProcessIdentity;
import dev.stowbook.supervisor.model.PublishedPort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;

/** What network drivers are asked. A pod has one endpoint, which has the pod's id. */
final class NetworkWork {
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final String INTERFACE = "eth0";

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
                List.of(new NetworkSubnet(effect.subnet(), effect.gateway())),
                OptionalInt.empty(),
                effect.internal(),
                true,
                "network");
    }

    private static DaemonCommand missing(Effect.EnsureNetwork effect, Throwable failure) {
        String code = failure instanceof DriverException e ? e.code().name() : DriverErrorCode.IO.name();
        return new DaemonCommand.NetworkIsMissing(effect.network(), code, String.valueOf(failure.getMessage()));
    }

    /** A network that is being made is waited for; whether it could be made, the join itself finds out. */
    void join(Effect.JoinEndpoint effect, Outcomes.Origin origin) {
        CompletableFuture<JoinResult> work = ensured.getOrDefault(effect.network(), CompletableFuture.completedFuture(null))
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
                        joined.hostLinkName(),
                        joined.macAddress(),
                        effect.address(),
                        joined.nameservers(),
                        micros));
    }

    private CompletableFuture<JoinResult> join(Effect.JoinEndpoint effect) {
        Path sandbox = directories.namespace(effect.pod(), "net");
        return network.call("join", effect.pod().value(), DEADLINE, driver -> {
            try (Fd fd = Fd.own(LibC.open(sandbox.toString(), LibC.O_RDONLY | LibC.O_CLOEXEC, 0))) {
                return driver.join(new JoinRequest(
                        effect.pod().value(),
                        effect.generation(),
                        effect.network().value(),
                        fd.number(),
                        List.of(new EndpointAddress(effect.address(), effect.gateway())),
                        true,
                        OptionalInt.empty(),
                        Optional.empty(),
                        INTERFACE,
                        effect.step().toString()));
            }
        });
    }

    /** The sockets are bound first, so that a port somebody else listens on is never shadowed. */
    void publish(Effect.PublishPorts effect, Outcomes.Origin origin) {
        PublishRequest request = request(effect.publication(), effect.step().toString());
        CompletableFuture<Optional<ProcessIdentity>> work = holders.hold(effect.pod(), request)
                .thenCompose(holder -> network.run(
                                "publish", effect.pod().value(), DEADLINE, driver -> driver.publish(request))
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
                publication.pod().value(),
                publication.generation(),
                publication.network().value(),
                List.of(publication.address()),
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
                port.protocol() == PortSpec.Protocol.TCP ? PortMapping.Protocol.TCP : PortMapping.Protocol.UDP);
    }

    void leave(Effect.LeaveEndpoint effect, Outcomes.Origin origin) {
        EndpointTarget target =
                new EndpointTarget(effect.pod().value(), effect.generation(), effect.step().toString());
        CompletableFuture<Void> work = network.run("leave", effect.pod().value(), DEADLINE, driver -> {
            driver.unpublish(target);
            driver.leave(new LeaveRequest(
                    target.endpointId(), target.generation(), OptionalInt.empty(), target.operationId()));
        });
        CompletableFuture<Void> all = work.thenRun(() -> release(effect.pod()));
        outcomes.step(
                effect.step(),
                effect.pod(),
                network.name(),
                origin,
                all,
                nothing -> micros -> new StepEvent.EndpointLeft(effect.step(), effect.pod(), micros));
    }

    private void release(PodId pod) {
        try {
            holders.release(pod);
        } catch (Exception e) {
            throw new CompletionException(e);
        }
    }
}

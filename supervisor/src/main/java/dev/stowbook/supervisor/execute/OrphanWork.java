package dev.stowbook.supervisor.execute;

import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.network.EndpointTarget;
import dev.stowbook.spi.network.LeaveRequest;
import dev.stowbook.spi.network.NetworkDriver;
import dev.stowbook.spi.network.NetworkTarget;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.driver.GuardedDriver;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.PodId;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/** Removes what is of our instance and no event knows. */
final class OrphanWork {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final Directories directories;
    private final CgroupWork cgroups;
    private final RootfsWork layers;
    private final SandboxWork sandboxes;
    private final ReadySandboxes ready;
    private final PortHolders holders;
    private final GuardedDriver<NetworkDriver> network;
    private final VolumeWork volumes;
    private final Workers workers;
    private final Outcomes outcomes;

    OrphanWork(
            Directories directories,
            CgroupWork cgroups,
            RootfsWork layers,
            SandboxWork sandboxes,
            ReadySandboxes ready,
            PortHolders holders,
            GuardedDriver<NetworkDriver> network,
            VolumeWork volumes,
            Workers workers,
            Outcomes outcomes) {
        this.directories = directories;
        this.cgroups = cgroups;
        this.layers = layers;
        this.sandboxes = sandboxes;
        this.ready = ready;
        this.holders = holders;
        this.network = network;
        this.volumes = volumes;
        this.workers = workers;
        this.outcomes = outcomes;
    }

    void remove(Effect.RemoveOrphan effect, Outcomes.Origin origin) {
        removal(effect.kind(), effect.name()).whenComplete((done, failure) -> outcomes.report(
                new Report.ReportOrphanRemoved(
                        effect.kind(),
                        effect.name(),
                        failure == null ? "" : String.valueOf(Outcomes.cause(failure).getMessage())),
                Actor.Kind.DRIVER,
                "reconciler",
                origin));
    }

    private CompletableFuture<?> removal(String kind, String name) {
        return switch (kind) {
            case HostSurvey.GROUP -> cgroups.removeOrphan(group(name));
            case HostSurvey.LAYER -> layers.removeOrphan(name);
            case HostSurvey.VOLUME -> {
                int slash = name.indexOf('/');
                yield volumes.removeOrphan(name.substring(0, slash), name.substring(slash + 1));
            }
            case HostSurvey.ENDPOINT -> leave(name);
            case HostSurvey.NETWORK -> network.run(
                    "deleteNetwork", name, DEADLINE, driver -> driver.deleteNetwork(new NetworkTarget(name, "orphan")));
            case HostSurvey.SANDBOX -> workers.call(() -> {
                holders.release(new PodId(name));
                sandboxes.remove(new PodId(name));
                return true;
            });
            case HostSurvey.READY -> workers.call(() -> {
                ready.remove(name);
                return true;
            });
            case HostSurvey.FILES -> workers.call(() -> {
                Trees.delete(directories.container(new ContainerId(name)));
                return true;
            });
            case HostSurvey.SOCKET -> workers.call(() -> Files.deleteIfExists(directories.keepers().resolve(name)));
            default -> CompletableFuture.failedFuture(new IllegalArgumentException("no such kind: " + kind));
        };
    }

    private CompletableFuture<Void> leave(String name) {
        int slash = name.indexOf('/');
        EndpointTarget target = new EndpointTarget(
                name.substring(0, slash), Integer.parseInt(name.substring(slash + 1)), "orphan");
        return network.run("leave", target.endpointId(), DEADLINE, driver -> {
            driver.unpublish(target);
            driver.leave(new LeaveRequest(target.endpointId(), target.generation(), OptionalInt.empty(), "orphan"));
        });
    }

    private static GroupId group(String path) {
        int slash = path.indexOf('/');
        return slash < 0
                ? GroupId.ofPod(path)
                : new GroupId(path.substring(0, slash), Optional.of(path.substring(slash + 1)));
    }
}

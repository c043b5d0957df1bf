package dev.stowbook.supervisor.execute;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.keeper.KeeperFailedException;
import dev.stowbook.supervisor.keeper.KeeperSpawner;
import dev.stowbook.supervisor.keeper.LaunchPlan;
import dev.stowbook.supervisor.keeper.PodInit;
import dev.stowbook.supervisor.keeper.PodInitPlan;
import dev.stowbook.supervisor.keeper.Sandbox;
import dev.stowbook.supervisor.keeper.SandboxPlan;
import dev.stowbook.supervisor.model.NamespaceSpec;
import dev.stowbook.supervisor.model.PodId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Makes and removes the namespaces that the containers of a pod share. */
final class SandboxWork {
    private static final Path HOST_NETWORK = Path.of("/proc/self/ns/net");

    private final KeeperSpawner spawner;
    private final ReadySandboxes ready;
    private final Directories directories;
    private final Placement keepers;
    private final Workers workers;
    private final Outcomes outcomes;
    private final Map<PodId, CompletableFuture<Sandbox>> made = new ConcurrentHashMap<>();

    SandboxWork(
            KeeperSpawner spawner,
            ReadySandboxes ready,
            Directories directories,
            Placement keepers,
            Workers workers,
            Outcomes outcomes) {
        this.spawner = spawner;
        this.ready = ready;
        this.directories = directories;
        this.keepers = keepers;
        this.workers = workers;
        this.outcomes = outcomes;
    }

    /**
     * What an interrupted start left is taken away first: nothing runs in it yet. A pod that shares another's network waits until
     * that one's namespaces stand.
     */
    void create(Effect.CreateSandbox effect, Outcomes.Origin origin) {
        CompletableFuture<Sandbox> work = effect.sharing()
                .map(owner -> made.getOrDefault(owner, CompletableFuture.completedFuture(null)))
                .orElse(CompletableFuture.completedFuture(null))
                .handle((owner, failure) -> true)
                .thenCompose(stands -> workers.call(() -> make(effect)));
        made.put(effect.pod(), work);
        outcomes.step(
                effect.step(),
                effect.pod(),
                "keeper",
                origin,
                work,
                sandbox -> micros -> new StepEvent.SandboxCreated(
                        effect.step(), effect.pod(), sandbox.namespaceInodes(), micros));
    }

    private Sandbox make(Effect.CreateSandbox effect) throws Exception {
        Path directory = directories.pod(effect.pod());
        if (Files.exists(directory)) {
            Sandbox.remove(directory);
            Trees.delete(directory);
        }
        try {
            return make(effect, directory);
        } catch (KeeperFailedException e) {
            throw new StartFailure(e.step(), e.errno(), 128, e.getMessage());
        }
    }

    private Sandbox make(Effect.CreateSandbox effect, Path directory)
            throws IOException, LinuxException, KeeperFailedException, StartFailure {
        NamespaceSpec namespaces = effect.namespaces();
        Sandbox sandbox = ready.make(plan(effect, directory));
        if (namespaces.pid().sharing() != NamespaceSpec.Sharing.POD) {
            return sandbox;
        }
        PodInit init = spawner.podInit(new PodInitPlan(effect.pod().value(), directory, effect.users(), keepers));
        SortedMap<String, Long> inodes = new TreeMap<>(sandbox.namespaceInodes());
        inodes.put(LaunchPlan.NamespaceKind.PID.fileName(), init.namespaceInode());
        return new Sandbox(directory, inodes);
    }

    private static SandboxPlan own(Effect.CreateSandbox effect, Path directory) {
        NamespaceSpec namespaces = effect.namespaces();
        return SandboxPlan.of(
                directory, Optional.of(effect.hostname()), effect.users(), namespaces.domainname(), namespaces.sysctls());
    }

    private SandboxPlan plan(Effect.CreateSandbox effect, Path directory) throws StartFailure {
        return switch (effect.network()) {
            case NETWORKS, NONE -> own(effect, directory);
            case HOST -> own(effect, directory).in(HOST_NETWORK, Optional.empty());
            case SHARED -> {
                Path network = directories.namespace(effect.sharing().orElseThrow(), "net");
                if (!Files.exists(network)) {
                    throw new StartFailure("sandbox", 0, 128, "the pod whose network it shares has stopped: start that first");
                }
                yield own(effect, directory)
                        .in(network, effect.users().map(users -> network.resolveSibling("user")));
            }
        };
    }

    void remove(Effect.RemoveSandbox effect, Outcomes.Origin origin) {
        outcomes.step(
                effect.step(),
                effect.pod(),
                "keeper",
                origin,
                workers.call(() -> {
                    remove(effect.pod());
                    return true;
                }),
                done -> micros -> new StepEvent.SandboxRemoved(effect.step(), effect.pod(), micros));
    }

    void remove(PodId pod) throws Exception {
        made.remove(pod);
        Path directory = directories.pod(pod);
        if (Files.exists(directory)) {
            Sandbox.remove(directory);
            Trees.delete(directory);
        }
    }
}

package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.keeper.KeeperFailedException;
import dev.stowbook.supervisor.keeper.KeeperSpawner;
import dev.stowbook.supervisor.keeper.Sandbox;
import dev.stowbook.supervisor.keeper.SandboxPlan;
import dev.stowbook.supervisor.model.PodId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Makes and removes the namespaces that the containers of a pod share. */
final class SandboxWork {
    private static final Path HOST_NETWORK = Path.of("/proc/self/ns/net");

    private final KeeperSpawner spawner;
    private final Directories directories;
    private final Workers workers;
    private final Outcomes outcomes;
    private final Map<PodId, CompletableFuture<Sandbox>> made = new ConcurrentHashMap<>();

    SandboxWork(KeeperSpawner spawner, Directories directories, Workers workers, Outcomes outcomes) {
        this.spawner = spawner;
        this.directories = directories;
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
                .thenCompose(ready -> workers.call(() -> make(effect)));
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
        }
        Files.createDirectories(directory);
        try {
            return spawner.sandbox(plan(effect, directory));
        } catch (KeeperFailedException e) {
            throw new StartFailure(e.step(), e.errno(), 128, e.getMessage());
        }
    }

    private SandboxPlan plan(Effect.CreateSandbox effect, Path directory) throws StartFailure {
        return switch (effect.network()) {
            case NETWORKS, NONE -> SandboxPlan.of(directory, effect.hostname());
            case HOST -> SandboxPlan.in(HOST_NETWORK, directory, effect.hostname());
            case SHARED -> {
                Path network = directories.namespace(effect.sharing().orElseThrow(), "net");
                if (!Files.exists(network)) {
                    throw new StartFailure("sandbox", 0, 128, "the pod whose network it shares has stopped: start that first");
                }
                yield SandboxPlan.in(network, directory, effect.hostname());
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

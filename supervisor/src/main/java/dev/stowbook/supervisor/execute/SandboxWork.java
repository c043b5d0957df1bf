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
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Makes and removes the namespaces that the containers of a pod share. */
final class SandboxWork {
    private final KeeperSpawner spawner;
    private final ReadySandboxes ready;
    private final Directories directories;
    private final Placement keepers;
    private final Workers workers;
    private final Outcomes outcomes;

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

    /** What an interrupted start left is taken away first: nothing runs in it yet. */
    void create(Effect.CreateSandbox effect, Outcomes.Origin origin) {
        Path directory = directories.pod(effect.pod());
        outcomes.step(
                effect.step(),
                effect.pod(),
                "keeper",
                origin,
                workers.call(() -> {
                    if (Files.exists(directory)) {
                        Sandbox.remove(directory);
                        Trees.delete(directory);
                    }
                    try {
                        return make(effect, directory);
                    } catch (KeeperFailedException e) {
                        throw new StartFailure(e.step(), e.errno(), 128, e.getMessage());
                    }
                }),
                sandbox -> micros -> new StepEvent.SandboxCreated(
                        effect.step(), effect.pod(), sandbox.namespaceInodes(), micros));
    }

    private Sandbox make(Effect.CreateSandbox effect, Path directory) throws IOException, LinuxException, KeeperFailedException {
        NamespaceSpec namespaces = effect.namespaces();
        Sandbox sandbox = ready.make(SandboxPlan.of(
                directory, Optional.of(effect.hostname()), effect.users(), namespaces.domainname(), namespaces.sysctls()));
        if (namespaces.pid().sharing() != NamespaceSpec.Sharing.POD) {
            return sandbox;
        }
        PodInit init = spawner.podInit(new PodInitPlan(effect.pod().value(), directory, effect.users(), keepers));
        SortedMap<String, Long> inodes = new TreeMap<>(sandbox.namespaceInodes());
        inodes.put(LaunchPlan.NamespaceKind.PID.fileName(), init.namespaceInode());
        return new Sandbox(directory, inodes);
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
        Path directory = directories.pod(pod);
        if (Files.exists(directory)) {
            Sandbox.remove(directory);
            Trees.delete(directory);
        }
    }
}

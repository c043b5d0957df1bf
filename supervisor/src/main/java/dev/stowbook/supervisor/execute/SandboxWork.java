package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.keeper.KeeperFailedException;
import dev.stowbook.supervisor.keeper.Sandbox;
import dev.stowbook.supervisor.keeper.SandboxPlan;
import dev.stowbook.supervisor.model.PodId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Makes and removes the namespaces that the containers of a pod share. */
final class SandboxWork {
    private final ReadySandboxes ready;
    private final Directories directories;
    private final Workers workers;
    private final Outcomes outcomes;

    SandboxWork(ReadySandboxes ready, Directories directories, Workers workers, Outcomes outcomes) {
        this.ready = ready;
        this.directories = directories;
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
                        return ready.make(SandboxPlan.of(directory, Optional.of(effect.hostname()), effect.users()));
                    } catch (KeeperFailedException e) {
                        throw new StartFailure(e.step(), e.errno(), 128, e.getMessage());
                    }
                }),
                sandbox -> micros -> new StepEvent.SandboxCreated(
                        effect.step(), effect.pod(), sandbox.namespaceInodes(), micros));
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

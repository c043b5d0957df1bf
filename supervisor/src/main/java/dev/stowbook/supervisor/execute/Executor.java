package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Cause;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.loop.EffectSink;
import dev.stowbook.supervisor.model.ContainerId;
import java.nio.file.Files;

/** Carries effects out. Every call returns at once; outcomes come back to the loop as commands. */
public final class Executor implements EffectSink {

    /** The parts of the work, by what they work with. */
    record Work(
            SandboxWork sandboxes,
            CgroupWork cgroups,
            NetworkWork networks,
            RootfsWork layers,
            ProcessWork processes,
            ExecWork execs,
            ImageWork images,
            BuildWork builds,
            TransferWork transfers,
            VolumeWork volumes,
            OrphanWork orphans) {}

    private final Work work;
    private final Directories directories;
    private final Workers workers;
    private final Outcomes outcomes;

    Executor(Work work, Directories directories, Workers workers, Outcomes outcomes) {
        this.work = work;
        this.directories = directories;
        this.workers = workers;
        this.outcomes = outcomes;
    }

    @Override
    public void begin(Effect effect, long sequence, Cause cause) {
        Outcomes.Origin origin = new Outcomes.Origin(sequence, cause);
        switch (effect) {
            case Effect.CreateSandbox e -> work.sandboxes().create(e, origin);
            case Effect.CreateGroup e -> work.cgroups().create(e, origin);
            case Effect.UpdateGroup e -> work.cgroups().update(e, origin);
            case Effect.JoinEndpoint e -> work.networks().join(e, origin);
            case Effect.RouteEndpoint e -> work.networks().route(e, origin);
            case Effect.PublishPorts e -> work.networks().publish(e, origin);
            case Effect.PrepareRootfs e -> work.layers().prepare(e, origin);
            case Effect.StartProcess e -> work.processes().start(e, origin);
            case Effect.SendSignal e -> work.processes().signal(e, origin);
            case Effect.Freeze e -> work.cgroups().freeze(e, origin);
            case Effect.Thaw e -> work.cgroups().thaw(e, origin);
            case Effect.Kill e -> work.cgroups().kill(e, origin);
            case Effect.LeaveEndpoint e -> work.networks().leave(e, origin);
            case Effect.DestroyGroup e -> work.cgroups().destroy(e, origin);
            case Effect.RemoveSandbox e -> work.sandboxes().remove(e, origin);
            case Effect.RemoveRootfs e -> work.layers().remove(e, origin);
            case Effect.RemoveFiles e -> removeFiles(e, origin);
            case Effect.StartExec e -> work.execs().start(e, origin);
            case Effect.RemoveImage e -> work.images().remove(e, origin);
            case Effect.BuildImage e -> work.builds().build(e, origin);
            case Effect.CreateVolume e -> work.volumes().create(e, origin);
            case Effect.MountVolume e -> work.volumes().mount(e, origin);
            case Effect.FindHostPath e -> work.volumes().find(e, origin);
            case Effect.FillVolume e -> work.volumes().fill(e, origin);
            case Effect.UnmountVolume e -> work.volumes().unmount(e, origin);
            case Effect.RemoveVolume e -> work.volumes().remove(e, origin);
            case Effect.EnsureNetwork e -> work.networks().ensure(e, origin);
            case Effect.DropNetwork e -> work.networks().drop(e, origin);
            case Effect.RepairRules e -> work.networks().repair(e, origin);
            case Effect.Schedule e -> throw new IllegalStateException("a timer is the loop's own: " + e);
            case Effect.ForgetExit e -> work.processes().forget(e);
            case Effect.ForgetExecExit e -> work.execs().forget(e.exec(), e.container());
            case Effect.PullImage e -> work.transfers().pull(e, origin);
            case Effect.PushImage e -> work.transfers().push(e, origin);
            case Effect.RemoveOrphan e -> work.orphans().remove(e, origin);
        }
    }

    private void removeFiles(Effect.RemoveFiles effect, Outcomes.Origin origin) {
        outcomes.step(
                effect.step(),
                effect.pod(),
                "daemon",
                origin,
                workers.call(() -> {
                    for (ContainerId container : effect.containers()) {
                        Trees.delete(directories.container(container));
                        Files.deleteIfExists(work.processes().socket(container));
                    }
                    return true;
                }),
                done -> micros -> new StepEvent.FilesRemoved(effect.step(), effect.pod(), micros));
    }
}

package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.MountSource;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.ProcessIdentity;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What a host that does as it is told would answer. */
final class Outcomes {
    private static final ProcessIdentity PROCESS = new ProcessIdentity(100, 1000, "boot-1");
    private static final ProcessIdentity KEEPER = new ProcessIdentity(99, 999, "boot-1");

    private Outcomes() {}

    static StepEvent success(Effect.StepEffect step) {
        return switch (step) {
            case Effect.CreateSandbox e -> new StepEvent.SandboxCreated(
                    e.step(), e.pod(), new TreeMap<>(Map.of("net", 4026531840L)), 1);
            case Effect.CreateGroup e -> new StepEvent.CgroupCreated(
                    e.step(), e.pod(), e.container(), new TreeMap<>(), List.of(), 1);
            case Effect.UpdateGroup e -> new StepEvent.CgroupUpdated(
                    e.step(), e.pod(), e.container(), new TreeMap<>(), List.of(), 1);
            case Effect.JoinEndpoint e -> new StepEvent.EndpointJoined(
                    e.step(), e.pod(), e.endpoint().id(), "veth", "02:00:00:00:00:01", List.of(), 1);
            case Effect.RouteEndpoint e -> new StepEvent.EndpointRouted(
                    e.step(), e.joined().pod(), e.joined().endpoint().id(), e.joined().leadsOut(), 1);
            case Effect.PublishPorts e -> new StepEvent.PortsPublished(
                    e.step(), e.pod(), e.ports(), Optional.of(KEEPER), 1);
            case Effect.PrepareRootfs e -> new StepEvent.RootfsPrepared(
                    e.step(), e.pod(), e.container(), List.of("lower"), "upper", "work", 1);
            case Effect.StartProcess e -> new StepEvent.ProcessStarted(
                    e.step(), e.container().pod(), e.container().id(), e.attempt(), PROCESS, 1, KEEPER,
                    new TreeMap<>(), List.of(), 1);
            case Effect.Thaw e -> new StepEvent.ProcessesThawed(e.step(), e.pod(), e.container(), 1);
            case Effect.SendSignal e -> new StepEvent.SignalSent(e.step(), e.pod(), e.container(), e.signal(), 1);
            case Effect.Freeze e -> new StepEvent.ProcessesFrozen(e.step(), e.pod(), e.container(), 1);
            case Effect.Kill e -> new StepEvent.ProcessesKilled(e.step(), e.pod(), e.container(), 1, 1);
            case Effect.LeaveEndpoint e -> new StepEvent.EndpointLeft(e.step(), e.pod(), e.endpoint().id(), 1);
            case Effect.DestroyGroup e -> new StepEvent.CgroupDestroyed(e.step(), e.pod(), e.container(), 1);
            case Effect.RemoveSandbox e -> new StepEvent.SandboxRemoved(e.step(), e.pod(), 1);
            case Effect.RemoveRootfs e -> new StepEvent.RootfsRemoved(e.step(), e.pod(), e.container(), 1);
            case Effect.RemoveFiles e -> new StepEvent.FilesRemoved(e.step(), e.pod(), 1);
            case Effect.StartExec e -> new StepEvent.ExecStarted(
                    e.step(), e.exec().id(), e.container().id(), PROCESS, KEEPER, 1);
            case Effect.BuildImage e -> new StepEvent.BuildFinished(e.step(), e.build(), "sha256:built", 1);
            case Effect.RemoveImage e -> new StepEvent.ImageRemoved(e.step(), e.image(), 1);
            case Effect.CreateVolume e -> new StepEvent.VolumePrepared(e.step(), e.pod(), e.volume(), 1);
            case Effect.MountVolume e -> new StepEvent.VolumeMounted(
                    e.step(), e.pod(), e.key(), Optional.of(e.volume()), new MountSource("/volumes/" + e.volume(), false), 1);
            case Effect.FindHostPath e -> new StepEvent.VolumeMounted(
                    e.step(), e.pod(), e.key(), Optional.empty(), new MountSource(e.path().path(), false), 1);
            case Effect.FillVolume e -> new StepEvent.VolumeFilled(
                    e.step(), e.pod(), e.container(), e.volume(), e.path(), 3, 1);
            case Effect.UnmountVolume e -> new StepEvent.VolumeUnmounted(e.step(), e.pod(), e.key(), e.volume(), 1);
            case Effect.RemoveVolume e -> new StepEvent.VolumeRemoved(e.step(), e.pod(), e.volume(), 1);
        };
    }

    static StepEvent failure(Effect.StepEffect step, String code) {
        return switch (step) {
            case Effect.StartExec e -> new StepEvent.ExecFailed(
                    e.step(), e.exec().id(), e.container().id(), 127, "made to fail");
            case Effect.RemoveImage e -> new StepEvent.ImageRemovalFailed(e.step(), e.image(), "made to fail");
            case Effect.CreateVolume e when e.pod().isEmpty() -> new StepEvent.VolumePreparationFailed(
                    e.step(), e.volume(), code, "made to fail");
            case Effect.RemoveVolume e when e.pod().isEmpty() -> new StepEvent.VolumeRemovalFailed(
                    e.step(), e.volume(), code, "made to fail");
            default -> new StepEvent.StepFailed(step.step(), podOf(step), code, 5, 127, "made to fail", 1);
        };
    }

    private static PodId podOf(Effect.StepEffect step) {
        return switch (success(step)) {
            case StepEvent.SandboxCreated e -> e.pod();
            case StepEvent.CgroupCreated e -> e.pod();
            case StepEvent.CgroupUpdated e -> e.pod();
            case StepEvent.EndpointJoined e -> e.pod();
            case StepEvent.PortsPublished e -> e.pod();
            case StepEvent.RootfsPrepared e -> e.pod();
            case StepEvent.ProcessStarted e -> e.pod();
            case StepEvent.SignalSent e -> e.pod();
            case StepEvent.ProcessesThawed e -> e.pod();
            case StepEvent.ProcessesFrozen e -> e.pod();
            case StepEvent.ProcessesKilled e -> e.pod();
            case StepEvent.EndpointLeft e -> e.pod();
            case StepEvent.EndpointRouted e -> e.pod();
            case StepEvent.CgroupDestroyed e -> e.pod();
            case StepEvent.SandboxRemoved e -> e.pod();
            case StepEvent.RootfsRemoved e -> e.pod();
            case StepEvent.FilesRemoved e -> e.pod();
            case StepEvent.StepFailed e -> e.pod();
            case StepEvent.ExecStarted e -> throw new AssertionError("fails in its own way");
            case StepEvent.ExecFailed e -> throw new AssertionError("fails in its own way");
            case StepEvent.BuildFinished e -> throw new AssertionError("fails in its own way");
            case StepEvent.BuildFailed e -> throw new AssertionError("fails in its own way");
            case StepEvent.ImageRemoved e -> throw new AssertionError("fails in its own way");
            case StepEvent.ImageRemovalFailed e -> throw new AssertionError("fails in its own way");
            case StepEvent.VolumePrepared e -> e.pod().orElseThrow();
            case StepEvent.VolumeMounted e -> e.pod();
            case StepEvent.VolumeFilled e -> e.pod();
            case StepEvent.VolumeUnmounted e -> e.pod();
            case StepEvent.VolumeRemoved e -> e.pod().orElseThrow();
            case StepEvent.VolumePreparationFailed e -> throw new AssertionError("fails in its own way");
            case StepEvent.VolumeRemovalFailed e -> throw new AssertionError("fails in its own way");
        };
    }
}

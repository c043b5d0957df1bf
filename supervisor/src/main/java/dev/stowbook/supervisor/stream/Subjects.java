package dev.stowbook.supervisor.stream;

import dev.stowbook.supervisor.event.BuildEvent;
import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.DaemonEvent;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.ExecEvent;
import dev.stowbook.supervisor.event.ImageEvent;
import dev.stowbook.supervisor.event.NetworkEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.event.TransferEvent;
import dev.stowbook.supervisor.event.VolumeEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.PodId;
import java.util.Optional;

/** Whom an event is about. */
public final class Subjects {
    private Subjects() {}

    /** The id of the container, else of the pod, else of the image, network or volume; empty for the daemon itself. */
    public static Optional<String> of(Event event) {
        Optional<String> container = container(event).map(ContainerId::value);
        if (container.isPresent()) {
            return container;
        }
        Optional<String> pod = pod(event).map(PodId::value);
        return pod.isPresent() ? pod : other(event);
    }

    /** The container it is about. */
    public static Optional<ContainerId> container(Event event) {
        return switch (event) {
            case ContainerEvent e -> Optional.of(e.container());
            case ExecEvent.ExecStarting e -> Optional.of(e.container());
            case ExecEvent.ExecExited e -> Optional.of(e.container());
            case StepEvent e -> container(e);
            case PodEvent e -> Optional.empty();
            case DaemonEvent e -> Optional.empty();
            case NetworkEvent e -> Optional.empty();
            case ImageEvent e -> Optional.empty();
            case BuildEvent e -> Optional.empty();
            case TransferEvent e -> Optional.empty();
            case VolumeEvent e -> Optional.empty();
        };
    }

    private static Optional<ContainerId> container(StepEvent event) {
        return switch (event) {
            case StepEvent.CgroupCreated e -> e.container();
            case StepEvent.CgroupUpdated e -> e.container();
            case StepEvent.CgroupDestroyed e -> e.container();
            case StepEvent.RootfsPrepared e -> Optional.of(e.container());
            case StepEvent.ProcessStarted e -> Optional.of(e.container());
            case StepEvent.SignalSent e -> Optional.of(e.container());
            case StepEvent.ProcessesThawed e -> Optional.of(e.container());
            case StepEvent.ProcessesFrozen e -> Optional.of(e.container());
            case StepEvent.ProcessesKilled e -> Optional.of(e.container());
            case StepEvent.RootfsRemoved e -> Optional.of(e.container());
            case StepEvent.ExecStarted e -> Optional.of(e.container());
            case StepEvent.ExecFailed e -> Optional.of(e.container());
            case StepEvent.StepFailed e -> Optional.empty();
            case StepEvent.SandboxCreated e -> Optional.empty();
            case StepEvent.EndpointJoined e -> Optional.empty();
            case StepEvent.PortsPublished e -> Optional.empty();
            case StepEvent.EndpointLeft e -> Optional.empty();
            case StepEvent.EndpointRouted e -> Optional.empty();
            case StepEvent.SandboxRemoved e -> Optional.empty();
            case StepEvent.FilesRemoved e -> Optional.empty();
            case StepEvent.ImageRemoved e -> Optional.empty();
            case StepEvent.BuildFinished e -> Optional.empty();
            case StepEvent.BuildFailed e -> Optional.empty();
            case StepEvent.ImageRemovalFailed e -> Optional.empty();
            case StepEvent.VolumePrepared e -> Optional.empty();
            case StepEvent.VolumePreparationFailed e -> Optional.empty();
            case StepEvent.VolumeMounted e -> Optional.empty();
            case StepEvent.VolumeFilled e -> Optional.of(e.container());
            case StepEvent.VolumeUnmounted e -> Optional.empty();
            case StepEvent.VolumeRemoved e -> Optional.empty();
            case StepEvent.VolumeRemovalFailed e -> Optional.empty();
        };
    }

    /** The pod it is about, also if it is about one of its containers and says so. */
    public static Optional<PodId> pod(Event event) {
        return switch (event) {
            case PodEvent e -> Optional.of(e.pod());
            case ContainerEvent.ContainerCreated e -> Optional.of(e.pod());
            case ContainerEvent.ContainerStarting e -> Optional.of(e.pod());
            case ContainerEvent.StopRequested e -> Optional.of(e.pod());
            case ContainerEvent.ContainerStopping e -> Optional.of(e.pod());
            case ContainerEvent.ContainerSignalling e -> Optional.of(e.pod());
            case ContainerEvent.ContainerPausing e -> Optional.of(e.pod());
            case ContainerEvent.ContainerResuming e -> Optional.of(e.pod());
            case ContainerEvent.ContainerKilling e -> Optional.of(e.pod());
            case ContainerEvent.ContainerUpdating e -> Optional.of(e.pod());
            case ContainerEvent.KeeperLost e -> Optional.of(e.pod());
            case ContainerEvent.ProcessExited e -> Optional.of(e.pod());
            case ContainerEvent.RestartScheduled e -> Optional.of(e.pod());
            case ContainerEvent.RestartCancelled e -> Optional.of(e.pod());
            case ContainerEvent.OomKilled e -> Optional.of(e.pod());
            case ContainerEvent.PidsExhausted e -> Optional.of(e.pod());
            case ContainerEvent.PressureRose e -> Optional.of(e.pod());
            case ContainerEvent.FilesCopiedIn e -> Optional.of(e.pod());
            case ContainerEvent.OutputDropped e -> Optional.of(e.pod());
            case ExecEvent.ExecStarting e -> Optional.of(e.pod());
            case ExecEvent.ExecExited e -> Optional.empty();
            case StepEvent e -> pod(e);
            case DaemonEvent e -> Optional.empty();
            case NetworkEvent e -> Optional.empty();
            case ImageEvent e -> Optional.empty();
            case BuildEvent e -> Optional.empty();
            case TransferEvent e -> Optional.empty();
            case VolumeEvent.VolumeCreated e -> e.owner();
            case VolumeEvent.VolumesBound e -> Optional.of(e.pod());
            case VolumeEvent.VolumeRemoving e -> Optional.empty();
        };
    }

    private static Optional<PodId> pod(StepEvent event) {
        return switch (event) {
            case StepEvent.StepFailed e -> Optional.of(e.pod());
            case StepEvent.SandboxCreated e -> Optional.of(e.pod());
            case StepEvent.CgroupCreated e -> Optional.of(e.pod());
            case StepEvent.EndpointJoined e -> Optional.of(e.pod());
            case StepEvent.PortsPublished e -> Optional.of(e.pod());
            case StepEvent.RootfsPrepared e -> Optional.of(e.pod());
            case StepEvent.ProcessStarted e -> Optional.of(e.pod());
            case StepEvent.SignalSent e -> Optional.of(e.pod());
            case StepEvent.ProcessesThawed e -> Optional.of(e.pod());
            case StepEvent.ProcessesFrozen e -> Optional.of(e.pod());
            case StepEvent.ProcessesKilled e -> Optional.of(e.pod());
            case StepEvent.EndpointLeft e -> Optional.of(e.pod());
            case StepEvent.EndpointRouted e -> Optional.of(e.pod());
            case StepEvent.CgroupUpdated e -> Optional.of(e.pod());
            case StepEvent.CgroupDestroyed e -> Optional.of(e.pod());
            case StepEvent.SandboxRemoved e -> Optional.of(e.pod());
            case StepEvent.RootfsRemoved e -> Optional.of(e.pod());
            case StepEvent.FilesRemoved e -> Optional.of(e.pod());
            case StepEvent.ExecStarted e -> Optional.empty();
            case StepEvent.ExecFailed e -> Optional.empty();
            case StepEvent.ImageRemoved e -> Optional.empty();
            case StepEvent.BuildFinished e -> Optional.empty();
            case StepEvent.BuildFailed e -> Optional.empty();
            case StepEvent.ImageRemovalFailed e -> Optional.empty();
            case StepEvent.VolumePrepared e -> e.pod();
            case StepEvent.VolumePreparationFailed e -> Optional.empty();
            case StepEvent.VolumeMounted e -> Optional.of(e.pod());
            case StepEvent.VolumeFilled e -> Optional.of(e.pod());
            case StepEvent.VolumeUnmounted e -> Optional.of(e.pod());
            case StepEvent.VolumeRemoved e -> e.pod();
            case StepEvent.VolumeRemovalFailed e -> Optional.empty();
        };
    }

    private static Optional<String> other(Event event) {
        return switch (event) {
            case ImageEvent.ImageRegistered e -> Optional.of(e.image().id());
            case ImageEvent.BlobsKnown e -> Optional.empty();
            case ImageEvent.ImageTagged e -> Optional.of(e.image());
            case ImageEvent.TreeDigested e -> Optional.of(e.image());
            case ImageEvent.SignaturePolicyOverridden e -> Optional.of(e.image());
            case ImageEvent.ImageUntagged e -> Optional.of(e.image());
            case ImageEvent.ImageRemoving e -> Optional.of(e.image());
            case NetworkEvent.NetworkCreated e -> Optional.of(e.network().value());
            case NetworkEvent.NetworkReady e -> Optional.of(e.network().value());
            case NetworkEvent.NetworkFailed e -> Optional.of(e.network().value());
            case NetworkEvent.SubnetsReassigned e -> Optional.of(e.network().value());
            case NetworkEvent.NetworkRemoving e -> Optional.of(e.network().value());
            case NetworkEvent.NetworkRemoved e -> Optional.of(e.network().value());
            case NetworkEvent.NetworkRemovalFailed e -> Optional.of(e.network().value());
            case NetworkEvent.RulesFlushed e -> Optional.empty();
            case NetworkEvent.RulesRepaired e -> Optional.empty();
            case TransferEvent.ManifestResolved e -> Optional.of(e.image());
            case TransferEvent.SignaturesVerified e -> Optional.of(e.image());
            case TransferEvent.ImagePulled e -> Optional.of(e.image());
            case TransferEvent.PushStarted e -> Optional.of(e.image());
            case TransferEvent.ImagePushed e -> Optional.of(e.image());
            case TransferEvent e -> Optional.empty();
            case StepEvent.ImageRemoved e -> Optional.of(e.image());
            case StepEvent.BuildFinished e -> Optional.of(e.image());
            case StepEvent.BuildFailed e -> Optional.of(e.build().value());
            case BuildEvent.BuildStepDone e -> Optional.of(e.image());
            case BuildEvent e -> Optional.of(e.build().value());
            case StepEvent.ImageRemovalFailed e -> Optional.of(e.image());
            case StepEvent.VolumePrepared e -> Optional.of(e.volume());
            case StepEvent.VolumePreparationFailed e -> Optional.of(e.volume());
            case StepEvent.VolumeRemoved e -> Optional.of(e.volume());
            case StepEvent.VolumeRemovalFailed e -> Optional.of(e.volume());
            case VolumeEvent.VolumeCreated e -> Optional.of(e.volume());
            case VolumeEvent.VolumeRemoving e -> Optional.of(e.volume());
            case VolumeEvent.VolumesBound e -> Optional.of(e.pod().value());
            case StepEvent e -> Optional.empty();
            case PodEvent e -> Optional.of(e.pod().value());
            case ContainerEvent e -> Optional.of(e.container().value());
            case ExecEvent e -> Optional.empty();
            case DaemonEvent e -> Optional.empty();
        };
    }
}

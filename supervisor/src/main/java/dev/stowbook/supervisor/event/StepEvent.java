package dev.stowbook.supervisor.event;

import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.MountSource;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.ProcessIdentity;
import dev.stowbook.supervisor.model.PublishedPort;
import dev.stowbook.supervisor.model.StepRef;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** The outcome of one step of an operation. Times are what the step took, in microseconds. */
public sealed interface StepEvent extends Event {

    /** The step. */
    StepRef step();

    /**
     * A step ended without doing what it should.
     *
     * @param code the driver's error code, or the keeper's step
     * @param errno the kernel's error number, 0 if none
     * @param exitCode what a process that could not start counts as: 127, 126 or 128
     * @param message one sentence
     */
    record StepFailed(StepRef step, PodId pod, String code, int errno, int exitCode, String message, long tookMicros)
            implements StepEvent {}

    /** A pod's namespaces stand; {@code namespaces} maps kind to inode. */
    record SandboxCreated(StepRef step, PodId pod, SortedMap<String, Long> namespaces, long tookMicros)
            implements StepEvent {}

    /**
     * A pod's or container's group stands.
     *
     * @param written file to the value the kernel took
     * @param clamped what could not be had as it was asked for, one sentence each
     */
    record CgroupCreated(
            StepRef step,
            PodId pod,
            Optional<ContainerId> container,
            SortedMap<String, String> written,
            List<String> clamped,
            long tookMicros)
            implements StepEvent {}

    /** A pod's or container's group has other limits; as {@link CgroupCreated}. */
    record CgroupUpdated(
            StepRef step,
            PodId pod,
            Optional<ContainerId> container,
            SortedMap<String, String> written,
            List<String> clamped,
            long tookMicros)
            implements StepEvent {}

    /** A pod is on a network; {@code addresses} with prefix lengths. */
    record EndpointJoined(
            StepRef step,
            PodId pod,
            EndpointId endpoint,
            String hostLink,
            String macAddress,
            List<String> addresses,
            long tookMicros)
            implements StepEvent {}

    /** A pod's default route goes by one of its connections, or no longer. */
    record EndpointRouted(StepRef step, PodId pod, EndpointId endpoint, boolean defaultRoute, long tookMicros)
            implements StepEvent {}

    /** Ports of the host lead to the pod; {@code holder} is the process that holds their sockets. */
    record PortsPublished(
            StepRef step, PodId pod, List<PublishedPort> ports, Optional<ProcessIdentity> holder, long tookMicros)
            implements StepEvent {}

    /** A container's writable layer stands; for an overlay with the paths it is mounted from. */
    record RootfsPrepared(
            StepRef step,
            PodId pod,
            ContainerId container,
            List<String> lower,
            String upper,
            String work,
            long tookMicros)
            implements StepEvent {}

    /**
     * A container's first process runs.
     *
     * @param process the process, seen from the host
     * @param namespacePid its id inside
     * @param keeper its keeper
     * @param namespaces kind to inode
     * @param clamped what was asked for and could not be had in full, one sentence each
     */
    record ProcessStarted(
            StepRef step,
            PodId pod,
            ContainerId container,
            int attempt,
            ProcessIdentity process,
            int namespacePid,
            ProcessIdentity keeper,
            SortedMap<String, Long> namespaces,
            List<String> clamped,
            long tookMicros)
            implements StepEvent {}

    /** A signal was sent to a container's first process. */
    record SignalSent(StepRef step, PodId pod, ContainerId container, String signal, long tookMicros)
            implements StepEvent {}

    /** Every process of a container stands still. */
    record ProcessesFrozen(StepRef step, PodId pod, ContainerId container, long tookMicros) implements StepEvent {}

    /** A container's processes go on. */
    record ProcessesThawed(StepRef step, PodId pod, ContainerId container, long tookMicros) implements StepEvent {}

    /** Every process of a container was sent SIGKILL. */
    record ProcessesKilled(StepRef step, PodId pod, ContainerId container, int processes, long tookMicros)
            implements StepEvent {}

    /** A pod is off a network, and nothing of it is published there. */
    record EndpointLeft(StepRef step, PodId pod, EndpointId endpoint, long tookMicros) implements StepEvent {}

    /** A pod's or container's group is gone. */
    record CgroupDestroyed(StepRef step, PodId pod, Optional<ContainerId> container, long tookMicros)
            implements StepEvent {}

    /** A pod's namespaces are let go. */
    record SandboxRemoved(StepRef step, PodId pod, long tookMicros) implements StepEvent {}

    /** A container's writable layer is gone. */
    record RootfsRemoved(StepRef step, PodId pod, ContainerId container, long tookMicros) implements StepEvent {}

    /** A pod's logs and other files are gone. */
    record FilesRemoved(StepRef step, PodId pod, long tookMicros) implements StepEvent {}

    /** A process that exec asked for runs. */
    record ExecStarted(
            StepRef step,
            ExecId exec,
            ContainerId container,
            ProcessIdentity process,
            ProcessIdentity keeper,
            long tookMicros)
            implements StepEvent {}

    /** A process that exec asked for could not be started. */
    record ExecFailed(StepRef step, ExecId exec, ContainerId container, int exitCode, String message)
            implements StepEvent {}

    /** An image's content is gone from the store, with the layers nobody else uses. */
    record ImageRemoved(StepRef step, String image, long tookMicros) implements StepEvent {}

    /** An image's content could not be removed in full; what is left of it is garbage. */
    record ImageRemovalFailed(StepRef step, String image, String message) implements StepEvent {}

    /** A build made its image. */
    record BuildFinished(StepRef step, BuildId build, String image, long tookMicros) implements StepEvent {}

    /** A build ended without an image; {@code number} is the instruction it was at, 0 before the first. */
    record BuildFailed(StepRef step, BuildId build, int number, String code, String message, long tookMicros)
            implements StepEvent {}

    /** A volume is there; {@code pod} if it was made for one's start. */
    record VolumePrepared(StepRef step, Optional<PodId> pod, String volume, long tookMicros) implements StepEvent {}

    /** A volume that somebody asked for could not be made. */
    record VolumePreparationFailed(StepRef step, String volume, String code, String message) implements StepEvent {}

    /**
     * A pod can use one of its volumes.
     *
     * @param volume the volume's name; empty for a path of the host
     * @param source where it is on the host
     */
    record VolumeMounted(
            StepRef step, PodId pod, String key, Optional<String> volume, MountSource source, long tookMicros)
            implements StepEvent {}

    /** A volume was looked into for the first time and, if it was empty, took what the image has at its place. */
    record VolumeFilled(
            StepRef step, PodId pod, ContainerId container, String volume, String path, long files, long tookMicros)
            implements StepEvent {}

    /** A pod uses a volume no longer. */
    record VolumeUnmounted(StepRef step, PodId pod, String key, String volume, long tookMicros) implements StepEvent {}

    /** A volume is gone with all that was in it; {@code pod} if it went with one. */
    record VolumeRemoved(StepRef step, Optional<PodId> pod, String volume, long tookMicros) implements StepEvent {}

    /** A volume could not be removed. */
    record VolumeRemovalFailed(StepRef step, String volume, String code, String message) implements StepEvent {}
}

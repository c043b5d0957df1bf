package dev.stowbook.supervisor.event;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PauseReason;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.ProcessConfig;
import dev.stowbook.supervisor.model.ProcessSpec;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.model.SecuritySpec;
import java.time.Instant;
import java.util.List;

/** What happens to containers, beside the outcomes of steps. */
public sealed interface ContainerEvent extends Event {

    /** The container. */
    ContainerId container();

    /** A container is to exist in a pod. {@code layerId} is its writable layer at the graph driver. */
    record ContainerCreated(
            ContainerId container,
            PodId pod,
            String name,
            String image,
            String imageId,
            ProcessConfig process,
            ResourceSpec resources,
            ProcessSpec options,
            SecuritySpec security,
            String layerId,
            String parentLayerId)
            implements ContainerEvent {}

    /** Intent: it is to run once more. */
    record ContainerStarting(ContainerId container, PodId pod, int attempt, List<PlannedStep> steps)
            implements ContainerEvent {}

    /** Somebody wants it to end; it is not started again. */
    record StopRequested(ContainerId container, PodId pod, long graceMillis, String reason) implements ContainerEvent {}

    /** Intent: its first process gets its stop signal; at the deadline it is killed. */
    record ContainerStopping(
            ContainerId container, PodId pod, String signal, Instant deadline, List<PlannedStep> steps)
            implements ContainerEvent {}

    /** Intent: its first process gets a signal that somebody asked for. */
    record ContainerSignalling(ContainerId container, PodId pod, String signal, List<PlannedStep> steps)
            implements ContainerEvent {}

    /** Intent: all its processes are to stand still. */
    record ContainerPausing(ContainerId container, PodId pod, PauseReason reason, List<PlannedStep> steps)
            implements ContainerEvent {}

    /** Intent: its processes are to go on. */
    record ContainerResuming(ContainerId container, PodId pod, String reason, List<PlannedStep> steps)
            implements ContainerEvent {}

    /** Intent: all its processes are frozen, then killed. */
    record ContainerKilling(ContainerId container, PodId pod, String reason, List<PlannedStep> steps)
            implements ContainerEvent {}

    /** Intent: its group gets these limits, all of them; without steps there is no group, and they hold from its next start. */
    record ContainerUpdating(ContainerId container, PodId pod, ResourceSpec resources, List<PlannedStep> steps)
            implements ContainerEvent {}

    /** Its keeper is gone. */
    record KeeperLost(ContainerId container, PodId pod, int attempt) implements ContainerEvent {}

    /** Its first process ended, or never began. */
    record ProcessExited(
            ContainerId container, PodId pod, int attempt, ExitStatus exit, boolean oomKilled, long droppedBytes)
            implements ContainerEvent {}

    /** It will be started again. */
    record RestartScheduled(ContainerId container, PodId pod, int attempt, Instant at, int failures, String reason)
            implements ContainerEvent {}

    /** It will not be started again after all. */
    record RestartCancelled(ContainerId container, PodId pod) implements ContainerEvent {}

    /** The kernel killed a process in it because of its memory limit. */
    record OomKilled(ContainerId container, PodId pod, String group, long oomKills) implements ContainerEvent {}

    /** A fork failed in it because of a pids limit; {@code group} is the id of the container or pod whose limit it was. */
    record PidsExhausted(ContainerId container, PodId pod, String group, long refusals) implements ContainerEvent {}

    /**
     * Its processes stood still for want of a resource for longer than it asked to be told of.
     *
     * @param group the id of the container or pod that is watched
     * @param resource {@code cpu}, {@code memory} or {@code io}
     * @param kind {@code some} of them stood still, or all ({@code full})
     * @param stallMillis the sum within the window that is told of
     * @param windowMillis the window
     * @param totalStallMicros the sum since the group was made
     */
    record PressureRose(
            ContainerId container,
            PodId pod,
            String group,
            String resource,
            String kind,
            long stallMillis,
            long windowMillis,
            long totalStallMicros)
            implements ContainerEvent {}

    /**
     * Somebody copied files into it.
     *
     * @param path the directory they went to, links resolved
     * @param entries how many files, directories and links
     * @param bytes of regular files
     * @param complete whether all that was sent could be copied
     */
    record FilesCopiedIn(ContainerId container, PodId pod, String path, long entries, long bytes, boolean complete)
            implements ContainerEvent {}

    /** Output could not be written to its log file. */
    record OutputDropped(ContainerId container, PodId pod, long bytes) implements ContainerEvent {}
}

package dev.stowbook.supervisor.event;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.ProcessConfig;
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

    /** Intent: all its processes are frozen, then killed. */
    record ContainerKilling(ContainerId container, PodId pod, String reason, List<PlannedStep> steps)
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

    /** A fork failed in it because of its pids limit. */
    record PidsExhausted(ContainerId container, PodId pod, long refusals) implements ContainerEvent {}

    /** Output could not be written to its log file. */
    record OutputDropped(ContainerId container, PodId pod, long bytes) implements ContainerEvent {}
}

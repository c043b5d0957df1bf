package dev.stowbook.supervisor.event;

import dev.stowbook.supervisor.model.EndpointAddress;
import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.IdRange;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.PublishedPort;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.model.StepRef;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What happens to pods. */
public sealed interface PodEvent extends Event {

    /** The pod. */
    PodId pod();

    /**
     * A pod is to exist, with these connections, these ports, and these ids of the host as its own users; the host's users, or those of
     * the pod whose network it shares, if there are none.
     */
    record PodCreated(
            PodId pod,
            PodSpec spec,
            String hostname,
            List<EndpointSpec> endpoints,
            List<PublishedPort> ports,
            Optional<IdRange> users)
            implements PodEvent {}

    /** Intent: its containers are to run; {@code sharing} is the pod in whose network namespace, if it is another's. */
    record PodStarting(PodId pod, int generation, Optional<PodId> sharing, List<PlannedStep> steps)
            implements PodEvent {}

    /** Intent: its group gets these limits, all of them; without steps there is no group, and they hold from its next start. */
    record PodUpdating(PodId pod, ResourceSpec resources, List<PlannedStep> steps) implements PodEvent {}

    /** The host has an address of it already; it gets others and the step is taken again. */
    record AddressReassigned(
            PodId pod, StepRef step, EndpointId endpoint, List<String> refused, List<EndpointAddress> addresses)
            implements PodEvent {}

    /** Intent: it is to be on one more network; without steps, as soon as it is started. */
    record PodConnecting(PodId pod, EndpointSpec endpoint, List<PlannedStep> steps) implements PodEvent {}

    /** Intent: it is to be off a network; without steps, it is so already. */
    record PodDisconnecting(PodId pod, EndpointId endpoint, String reason, List<PlannedStep> steps)
            implements PodEvent {}

    /** Intent: nothing of it runs any more, its sandbox and groups are to go. */
    record PodStopping(PodId pod, int generation, String reason, List<PlannedStep> steps) implements PodEvent {}

    /** Nothing of it is left in the kernel. */
    record PodStopped(PodId pod, int generation) implements PodEvent {}

    /** It could not be started as a whole and will be tried again. */
    record PodRestartScheduled(PodId pod, int generation, Instant at, int failures) implements PodEvent {}

    /** It is not tried again, because it is to stop. */
    record PodRestartCancelled(PodId pod) implements PodEvent {}

    /** It is to be removed as soon as it has stopped. */
    record PodRemovalRequested(PodId pod) implements PodEvent {}

    /** It is to be removed and then made anew from another manifest. */
    record PodReplacementRequested(PodId pod, PodSpec spec) implements PodEvent {}

    /** It is gone, but what was to take its place could not be made. */
    record PodReplacementFailed(PodId pod, String name, String reason) implements PodEvent {}

    /** Intent: its layers and files are to go. */
    record PodRemoving(PodId pod, List<PlannedStep> steps) implements PodEvent {}

    /** Nothing of it is left anywhere. */
    record PodRemoved(PodId pod) implements PodEvent {}
}

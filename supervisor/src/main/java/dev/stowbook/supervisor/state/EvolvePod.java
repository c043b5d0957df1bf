package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PublishedPort;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** What events of pods do to state. */
final class EvolvePod {
    private EvolvePod() {}

    static State apply(State state, PodEvent event, Recorded recorded) {
        return switch (event) {
            case PodEvent.PodCreated e -> created(state, e, recorded);
            case PodEvent.PodStarting e -> starting(state, e, recorded.sequence());
            case PodEvent.AddressReassigned e -> reassigned(state, e);
            case PodEvent.PodConnecting e -> begin(
                    EvolveNetwork.hold(state, e.pod(), e.endpoint())
                            .withPod(state.pod(e.pod()).withNetwork(state.pod(e.pod()).network().plus(e.endpoint()))),
                    recorded.sequence(),
                    Operation.Kind.CONNECT_POD,
                    e.pod(),
                    e.endpoint().id().value(),
                    e.steps());
            case PodEvent.PodDisconnecting e -> begin(
                    e.steps().isEmpty() ? EvolveNetwork.leave(state, e.pod(), e.endpoint()) : state,
                    recorded.sequence(),
                    Operation.Kind.DISCONNECT_POD,
                    e.pod(),
                    e.endpoint().value(),
                    e.steps());
            case PodEvent.PodStopping e -> begin(
                    state.withPod(state.pod(e.pod()).withPhase(Pod.Phase.STOPPING)),
                    recorded.sequence(),
                    Operation.Kind.STOP_POD,
                    e.pod(),
                    e.steps());
            case PodEvent.PodUpdating e -> EvolveLimits.updating(
                    state, recorded.sequence(), e.pod(), Optional.empty(), e.resources(), e.steps());
            case PodEvent.PodStopped e -> unshared(state.withStorage(state.storage().stopped(e.pod())), state.pod(e.pod())).withPod(state.pod(e.pod())
                    .withPhase(Pod.Phase.STOPPED)
                    .withNamespaces(new TreeMap<>())
                    .withNetwork(state.pod(e.pod()).network().withSharing(Optional.empty()))
                    .withPortHolder(Optional.empty()));
            case PodEvent.PodRestartScheduled e -> state.withPod(
                    state.pod(e.pod()).withRetry(e.failures(), Optional.of(e.at())));
            case PodEvent.PodRestartCancelled e -> state.withPod(
                    state.pod(e.pod()).withRetry(0, Optional.empty()).stopRequestedNow());
            case PodEvent.PodRemovalRequested e -> state.withPod(
                    state.pod(e.pod()).withRemoval(Optional.empty()));
            case PodEvent.PodReplacementRequested e -> state.withPod(
                    state.pod(e.pod()).withRemoval(Optional.of(e.spec())));
            case PodEvent.PodReplacementFailed e -> state;
            case PodEvent.PodRemoving e -> begin(
                    state.withPod(state.pod(e.pod()).withPhase(Pod.Phase.REMOVING)),
                    recorded.sequence(),
                    Operation.Kind.REMOVE_POD,
                    e.pod(),
                    e.steps());
            case PodEvent.PodRemoved e -> removed(state, e.pod());
        };
    }

    private static State created(State state, PodEvent.PodCreated e, Recorded recorded) {
        Pod pod = new Pod(
                e.pod(), e.spec(), e.hostname(), PodNetwork.of(e.endpoints()), e.ports(), List.of(), recorded.time(),
                Pod.Phase.STOPPED, 0, new TreeMap<>(), Optional.empty(), 0, Optional.empty(),
                Optional.empty(), false, Optional.empty(), false, e.users());
        State next = state.withPod(pod).withPodNames(state.podNames().plus(e.spec().name(), e.pod()));
        for (PublishedPort port : e.ports()) {
            for (String key : State.portKeys(port)) {
                next = next.withPublishedPorts(next.publishedPorts().plus(key, e.pod()));
            }
        }
        if (e.users().isPresent()) {
            next = next.withInstance(next.instance()
                    .withUsers(next.instance().users().hold(e.users().get(), e.pod())));
        }
        for (EndpointSpec endpoint : e.endpoints()) {
            next = EvolveNetwork.hold(next, e.pod(), endpoint);
        }
        return next;
    }

    private static State reassigned(State state, PodEvent.AddressReassigned e) {
        Pod pod = state.pod(e.pod());
        EndpointSpec old = pod.network().endpoint(e.endpoint()).orElseThrow();
        EndpointSpec other = old.withAddresses(e.addresses());
        State freed = EvolveNetwork.release(state, old);
        return EvolveNetwork.hold(freed, e.pod(), other).withPod(pod.withNetwork(pod.network().replace(other)));
    }

    /** It lives in nobody's network namespace any more. */
    private static State unshared(State state, Pod pod) {
        Pod owner = pod.network().sharing().map(state.pods()::get).orElse(null);
        return owner == null ? state : state.withPod(owner.withNetwork(owner.network().withoutSharer(pod.id())));
    }

    private static State starting(State state, PodEvent.PodStarting e, long sequence) {
        Pod pod = state.pod(e.pod());
        State next = state.withPod(pod.starting(e.generation()).withNetwork(pod.network().withSharing(e.sharing())));
        if (e.sharing().isPresent()) {
            Pod owner = next.pod(e.sharing().get());
            next = next.withPod(owner.withNetwork(owner.network().withSharer(e.pod())));
        }
        for (PlannedStep step : e.steps()) {
            if (step.kind() == dev.stowbook.supervisor.model.StepKind.START_PROCESS) {
                Container container = next.container(step.container().orElseThrow());
                next = next.withContainer(container.starting(container.attempt() + 1));
            }
        }
        return begin(next, sequence, Operation.Kind.START_POD, e.pod(), e.steps());
    }

    /** Begins an operation on a pod; one of the same kind and target that failed is replaced by it. */
    static State begin(State state, long sequence, Operation.Kind kind, PodId pod, List<PlannedStep> steps) {
        return begin(state, sequence, kind, pod, pod.value(), steps);
    }

    /** As the other, for an operation that is about something else than the pod itself. */
    static State begin(
            State state, long sequence, Operation.Kind kind, PodId pod, String target, List<PlannedStep> steps) {
        State next = state;
        int attempt = 1;
        for (Operation old : state.operations().values()) {
            if (old.kind() == kind && old.failed() && old.over() && old.target().equals(target)) {
                next = next.withOperations(next.operations().minus(old.sequence()));
                attempt = old.attempt() + 1;
            }
        }
        Operation operation = Operation.begin(sequence, kind, Optional.of(pod), target, steps, attempt);
        return operation.over() ? next : next.withOperations(next.operations().plus(sequence, operation));
    }

    private static State removed(State state, PodId id) {
        Pod pod = state.pod(id);
        State next = state;
        for (EndpointSpec endpoint : pod.network().endpoints()) {
            next = EvolveNetwork.release(next, endpoint);
        }
        next = next.withPods(next.pods().minus(id)).withStorage(next.storage().release(id));
        if (id.equals(state.podNames().get(pod.spec().name()))) {
            next = next.withPodNames(next.podNames().minus(pod.spec().name()));
        }
        if (pod.users().isPresent()) {
            next = next.withInstance(next.instance()
                    .withUsers(next.instance().users().release(pod.users().get())));
        }
        for (PublishedPort port : pod.ports()) {
            next = next.withPublishedPorts(next.publishedPorts().minusAll(State.portKeys(port)));
        }
        for (ContainerId container : pod.containers()) {
            next = next.withContainers(next.containers().minus(container));
        }
        for (Exec exec : state.execs().values()) {
            if (exec.pod().equals(id)) {
                next = next.withExecs(next.execs().minus(exec.id()));
            }
        }
        for (Operation operation : next.operations().values()) {
            if (operation.pod().equals(Optional.of(id))) {
                next = next.withOperations(next.operations().minus(operation.sequence()));
            }
        }
        return next;
    }
}

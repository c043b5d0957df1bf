package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.StepKind;
import dev.stowbook.supervisor.model.StepRef;
import java.time.Instant;
import java.util.Optional;

/** What outcomes of steps do to state. */
final class EvolveStep {
    private EvolveStep() {}

    static State apply(State state, StepEvent event, Instant time) {
        return switch (event) {
            case StepEvent.StepFailed e -> failed(state, e);
            case StepEvent.SandboxCreated e -> done(
                    state.withPod(state.pod(e.pod()).withNamespaces(e.namespaces())), e.step());
            case StepEvent.CgroupCreated e -> done(state, e.step());
            case StepEvent.CgroupUpdated e -> done(EvolveLimits.updated(state, e), e.step());
            case StepEvent.EndpointJoined e -> done(state, e.step());
            case StepEvent.EndpointRouted e -> done(state, e.step());
            case StepEvent.PortsPublished e -> done(
                    state.withPod(state.pod(e.pod()).withPortHolder(e.holder())), e.step());
            case StepEvent.RootfsPrepared e -> done(
                    state.withContainer(state.container(e.container()).withRootfs(true)), e.step());
            case StepEvent.ProcessStarted e -> started(state, e, time);
            case StepEvent.SignalSent e -> done(state, e.step());
            case StepEvent.ProcessesFrozen e -> frozen(state, e);
            case StepEvent.ProcessesThawed e -> done(paused(state, e.container(), false), e.step());
            case StepEvent.ProcessesKilled e -> done(paused(state, e.container(), false), e.step());
            case StepEvent.EndpointLeft e -> left(state, e);
            case StepEvent.CgroupDestroyed e -> done(state, e.step());
            case StepEvent.SandboxRemoved e -> done(state, e.step());
            case StepEvent.RootfsRemoved e -> done(
                    state.withContainer(state.container(e.container()).withRootfs(false)), e.step());
            case StepEvent.FilesRemoved e -> done(state, e.step());
            case StepEvent.ExecStarted e -> execStarted(state, e);
            case StepEvent.ExecFailed e -> done(state.withExecs(state.execs().minus(e.exec())), e.step());
            case StepEvent.ImageRemoved e -> imageGone(done(state, e.step()), e.image());
            case StepEvent.ImageRemovalFailed e -> imageGone(done(state, e.step()), e.image());
            case StepEvent.BuildFinished e -> done(state.withBuilds(state.builds().without(e.build())), e.step());
            case StepEvent.BuildFailed e -> done(state.withBuilds(state.builds().without(e.build())), e.step());
            case StepEvent.VolumePrepared e -> done(
                    state.withStorage(EvolveVolume.prepared(state.storage(), e.volume())), e.step());
            case StepEvent.VolumePreparationFailed e -> done(
                    state.withStorage(EvolveVolume.preparationFailed(state.storage(), e.volume())), e.step());
            case StepEvent.VolumeMounted e -> done(state.withStorage(EvolveVolume.mounted(state.storage(), e)), e.step());
            case StepEvent.VolumeFilled e -> done(
                    state.withStorage(EvolveVolume.filled(state.storage(), e.volume())), e.step());
            case StepEvent.VolumeUnmounted e -> done(
                    state.withStorage(EvolveVolume.unmounted(state.storage(), e)), e.step());
            case StepEvent.VolumeRemoved e -> done(state.withStorage(state.storage().without(e.volume())), e.step());
            case StepEvent.VolumeRemovalFailed e -> done(
                    state.withStorage(EvolveVolume.removalFailed(state.storage(), e.volume())), e.step());
        };
    }

    /** A pod that stops comes back to its networks; one that was disconnected does not. */
    private static State left(State state, StepEvent.EndpointLeft e) {
        Operation operation = state.operations().get(e.step().operation());
        boolean forGood = operation != null && operation.kind() == Operation.Kind.DISCONNECT_POD;
        return done(forGood ? EvolveNetwork.leave(state, e.pod(), e.endpoint()) : state, e.step());
    }

    /** Those that are frozen to be killed are not paused. */
    private static State frozen(State state, StepEvent.ProcessesFrozen e) {
        Operation operation = state.operations().get(e.step().operation());
        boolean pause = operation != null && operation.kind() == Operation.Kind.PAUSE_CONTAINER;
        return done(pause ? paused(state, e.container(), true) : state, e.step());
    }

    private static State paused(State state, ContainerId container, boolean value) {
        return state.withContainer(state.container(container).withPaused(value));
    }

    /** A start that is told of after its end changes nothing but its step. */
    private static State started(State state, StepEvent.ProcessStarted e, Instant time) {
        Container container = state.container(e.container());
        if (container.phase() != Container.Phase.STARTING || container.attempt() != e.attempt()) {
            return done(state, e.step());
        }
        Container.Running running = new Container.Running(
                e.process(), e.namespacePid(), e.keeper(), e.namespaces(), false, false, false);
        return done(state.withContainer(container.running(running, time)), e.step());
    }

    private static State execStarted(State state, StepEvent.ExecStarted e) {
        Exec exec = state.execs().get(e.exec());
        State next = exec == null || exec.exit().isPresent()
                ? state
                : state.withExecs(state.execs().plus(e.exec(), exec.started(e.process(), e.keeper())));
        return done(next, e.step());
    }

    /** An image that came back and is removed once more is still going when its first removal is done. */
    private static State imageGone(State state, String image) {
        boolean goingAgain = state.operations().values().stream()
                .anyMatch(other -> other.kind() == Operation.Kind.REMOVE_IMAGE && other.target().equals(image));
        return goingAgain ? state : state.withRemovals(state.removals().minus(image));
    }

    private static State done(State state, StepRef step) {
        Operation operation = state.operations().get(step.operation());
        return operation == null ? state : replace(state, operation.done(step.name()));
    }

    private static State failed(State state, StepEvent.StepFailed e) {
        Operation operation = state.operations().get(e.step().operation());
        if (operation == null) {
            return state;
        }
        StepKind kind = operation.steps().get(e.step().name()).planned().kind();
        if (kind == StepKind.START_PROCESS || kind == StepKind.SIGNAL) {
            return replace(state, operation.failedAlone(e.step().name()));
        }
        State next = switch (operation.kind()) {
            case START_POD -> state.withPod(state.pod(e.pod()).withStartFailure(e.message()));
            case CONNECT_POD -> state.withPod(
                    state.pod(e.pod()).withNetwork(state.pod(e.pod()).network().refused(e.message())));
            case START_CONTAINER, STOP_CONTAINER, KILL_CONTAINER, SIGNAL_CONTAINER, UPDATE_LIMITS, PAUSE_CONTAINER, RESUME_CONTAINER,
                    DISCONNECT_POD, STOP_POD, REMOVE_POD,
                    EXEC, REMOVE_IMAGE, BUILD_IMAGE, CREATE_VOLUME, REMOVE_VOLUME -> state;
        };
        return replace(next, operation.failedAt(e.step().name()));
    }

    /**
     * An operation that is over is dropped, and a pod that was starting then runs. Killing and taking down are kept when they
     * failed: they have to be done again.
     */
    private static State replace(State state, Operation operation) {
        boolean again = operation.failed()
                && switch (operation.kind()) {
                    case STOP_POD, REMOVE_POD, KILL_CONTAINER, DISCONNECT_POD -> true;
                    case START_POD, START_CONTAINER, STOP_CONTAINER, SIGNAL_CONTAINER, UPDATE_LIMITS, PAUSE_CONTAINER, RESUME_CONTAINER, CONNECT_POD, EXEC,
                            REMOVE_IMAGE, BUILD_IMAGE,
                        CREATE_VOLUME, REMOVE_VOLUME -> false;
                };
        if (!operation.over() || again) {
            return state.withOperations(state.operations().plus(operation.sequence(), operation));
        }
        State next = state.withOperations(state.operations().minus(operation.sequence()));
        Optional<Pod> pod = operation.pod().map(next.pods()::get);
        if (operation.kind() == Operation.Kind.START_POD
                && pod.isPresent()
                && pod.get().phase() == Pod.Phase.STARTING) {
            next = next.withPod(pod.get().withPhase(Pod.Phase.RUNNING));
        }
        return next;
    }
}

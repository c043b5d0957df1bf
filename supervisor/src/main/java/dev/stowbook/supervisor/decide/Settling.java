package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Operation;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What follows by itself once something happened to a pod: a container that is to stop is signalled as soon as it runs, one
 * that ended is started again or not, a pod of which nothing runs is taken down, and so on, until nothing more follows.
 */
final class Settling {
    private Settling() {}

    /** Draws every consequence. {@code retry}: also takes again what failed while taking down. */
    static void settle(Draft draft, PodId id, boolean retry) {
        boolean again = retry;
        for (int round = 0; round < 100; round++) {
            long before = draft.state().sequence();
            if (draft.state().pods().containsKey(id)) {
                containers(draft, id, again);
                connections(draft, id, again);
                pod(draft, id, again);
                again = false;
            }
            if (draft.state().sequence() == before) {
                return;
            }
        }
        throw new IllegalStateException("pod " + id + " does not settle");
    }

    private static void containers(Draft draft, PodId id, boolean retry) {
        Pod pod = draft.state().pod(id);
        for (ContainerId containerId : pod.containers()) {
            Container container = draft.state().container(containerId);
            switch (container.phase()) {
                case CREATED, STARTING -> notStarted(draft, container);
                case RUNNING -> running(draft, container, retry);
                case WAITING -> {
                    if (container.stop().isPresent() || pod.removalRequested() || pod.startFailure().isPresent()) {
                        draft.emit(new ContainerEvent.RestartCancelled(containerId, id));
                    }
                }
                case EXITED -> {}
            }
        }
    }

    /** A container whose pod could not be started as a whole never ran. */
    private static void notStarted(Draft draft, Container container) {
        Pod pod = draft.state().pod(container.pod());
        boolean hopeless = pod.active()
                && pod.startFailure().isPresent()
                && running(draft.state(), pod.id(), Operation.Kind.START_POD).isEmpty()
                && operationOn(draft.state(), container, Operation.Kind.START_CONTAINER).isEmpty();
        if (hopeless) {
            ExitStatus exit = new ExitStatus(
                    ExitStatus.Kind.START_FAILED,
                    128,
                    OptionalInt.empty(),
                    draft.now(),
                    false,
                    pod.startFailure().get());
            draft.emit(new ContainerEvent.ProcessExited(
                    container.id(), pod.id(), container.attempt(), exit, false, 0));
        }
    }

    private static void running(Draft draft, Container container, boolean retry) {
        Container.Running running = container.running().orElseThrow();
        Optional<Operation> kill = operationOn(draft.state(), container, Operation.Kind.KILL_CONTAINER);
        boolean killing = container.stop().map(Container.Stop::killing).orElse(false);
        boolean again = retry && killing && kill.map(Operation::over).orElse(true);
        if (again) {
            kill(draft, container, "it was to be killed and that failed");
        } else if (running.keeperLost()) {
            if (killing && kill.isEmpty()) {
                ExitStatus exit = new ExitStatus(
                        ExitStatus.Kind.KEEPER_LOST,
                        137,
                        OptionalInt.of(9),
                        draft.now(),
                        true,
                        "its keeper is gone; whatever it ran was killed");
                exit(draft, container, exit, 0);
            } else if (!killing) {
                kill(draft, container, "its keeper is gone");
            }
        } else if (container.stop().isPresent() && !container.stop().get().signalled()) {
            stop(draft, container, container.stop().get());
        } else if (draft.state().pod(container.pod()).startFailure().isPresent()
                && container.stop().isEmpty()) {
            kill(draft, container, "its pod could not be started as a whole");
        }
    }

    /** It has its stop signal already, and now less time. */
    static void stopSooner(Draft draft, Container container) {
        Container.Stop stop = container.stop().orElseThrow();
        Instant deadline = draft.now().plusMillis(stop.graceMillis());
        if (stop.graceMillis() <= 0 || stop.deadline().map(deadline::isBefore).orElse(true)) {
            stop(draft, container, stop);
        }
    }

    private static void stop(Draft draft, Container container, Container.Stop stop) {
        if (stop.graceMillis() <= 0) {
            kill(draft, container, "it is to end at once");
            return;
        }
        Instant deadline = draft.now().plusMillis(stop.graceMillis());
        draft.emit(new ContainerEvent.ContainerStopping(
                container.id(),
                container.pod(),
                container.definition().process().stopSignal(),
                deadline,
                Steps.stop(container, mayStandStill(draft.state(), container))));
    }

    /** It is paused, or is just being paused. */
    static boolean mayStandStill(State state, Container container) {
        return container.paused() || operationOn(state, container, Operation.Kind.PAUSE_CONTAINER).isPresent();
    }

    static void kill(Draft draft, Container container, String reason) {
        draft.emit(new ContainerEvent.ContainerKilling(
                container.id(), container.pod(), reason, Steps.kill(container)));
    }

    /** Records an end and decides whether the container is started again. */
    static void exit(Draft draft, Container container, ExitStatus exit, long droppedBytes) {
        boolean wanted = !container.stop().map(Container.Stop::asked).orElse(false);
        draft.emit(new ContainerEvent.ProcessExited(
                container.id(), container.pod(), container.attempt(), exit, container.oomKilled(), droppedBytes));
        Pod pod = draft.state().pod(container.pod());
        boolean policy = switch (pod.spec().restartPolicy()) {
            case ALWAYS -> true;
            case ON_FAILURE -> exit.failed();
            case NEVER -> false;
        };
        if (!wanted || !policy || pod.removalRequested() || pod.startFailure().isPresent()) {
            return;
        }
        boolean ranLong = container
                .running()
                .flatMap(running -> container.startedAt())
                .map(at -> Duration.between(at, exit.finishedAt()).compareTo(draft.settings().resetWindow()) >= 0)
                .orElse(false);
        int failures = ranLong ? 1 : container.failures() + 1;
        if (draft.settings().givesUpAt(failures)) {
            return;
        }
        Instant at = draft.settings().retryAt(draft.now(), failures, draft.inputs().jitter());
        draft.emit(new ContainerEvent.RestartScheduled(
                container.id(), pod.id(), container.attempt(), at, failures, reason(exit, failures)));
    }

    private static String reason(ExitStatus exit, int failures) {
        return "ended with " + exit.code() + ", restart " + failures + " in a row";
    }

    /** A connection that did not go is taken again, or goes with the pod's sandbox. If only the default route was not moved, that is. */
    private static void connections(Draft draft, PodId id, boolean retry) {
        Optional<Operation> failed = of(draft.state(), id, Operation.Kind.DISCONNECT_POD)
                .filter(operation -> operation.failed() && operation.over());
        Pod pod = draft.state().pod(id);
        boolean gone = pod.phase() == Pod.Phase.STOPPED;
        if (failed.isEmpty() || !(gone || retry && pod.phase() == Pod.Phase.RUNNING)) {
            return;
        }
        EndpointId endpoint = new EndpointId(failed.get().target());
        List<PlannedStep> steps = gone
                ? List.of()
                : pod.network().endpoint(endpoint)
                        .map(each -> Steps.disconnect(draft.state(), pod, each))
                        .orElseGet(() -> Steps.route(draft.state(), pod));
        draft.emit(new PodEvent.PodDisconnecting(id, endpoint, "taking it off failed", steps));
    }

    private static void pod(Draft draft, PodId id, boolean retry) {
        State state = draft.state();
        Pod pod = state.pod(id);
        switch (pod.phase()) {
            case STARTING, RUNNING -> {
                if (allSettled(state, pod) && nothingRuns(state, id)) {
                    draft.emit(new PodEvent.PodStopping(
                            id, pod.generation(), reasonToStop(state, pod), Steps.stopPod(state, pod)));
                }
            }
            case STOPPING -> stopping(draft, pod, retry);
            case STOPPED -> stopped(draft, pod);
            case REMOVING -> {
                Optional<Operation> removal = of(state, id, Operation.Kind.REMOVE_POD);
                if (removal.isEmpty()) {
                    removed(draft, pod);
                } else if (removal.get().failed() && removal.get().over() && retry) {
                    draft.emit(new PodEvent.PodRemoving(id, removal.get().left(Steps.removePod(state, pod))));
                }
            }
        }
    }

    private static void stopping(Draft draft, Pod pod, boolean retry) {
        Optional<Operation> down = of(draft.state(), pod.id(), Operation.Kind.STOP_POD);
        if (down.isEmpty()) {
            stoppedNow(draft, pod);
        } else if (down.get().failed() && down.get().over() && retry) {
            draft.emit(new PodEvent.PodStopping(
                    pod.id(), pod.generation(), "taking it down failed", down.get().left(Steps.stopPod(draft.state(), pod))));
        }
    }

    /** Nothing of it is in the kernel; if it could not be started as a whole, its policy may want another try. */
    static void stoppedNow(Draft draft, Pod pod) {
        draft.emit(new PodEvent.PodStopped(pod.id(), pod.generation()));
        pod.network().sharing().ifPresent(owner -> settle(draft, owner, false));
        boolean policy = pod.spec().restartPolicy() != PodSpec.RestartPolicy.NEVER;
        int failures = pod.failures() + 1;
        if (pod.startFailure().isPresent()
                && policy
                && !pod.stopRequested()
                && !pod.removalRequested()
                && !draft.settings().givesUpAt(failures)) {
            Instant at = draft.settings().retryAt(draft.now(), failures, draft.inputs().jitter());
            draft.emit(new PodEvent.PodRestartScheduled(pod.id(), pod.generation(), at, failures));
        }
    }

    private static void stopped(Draft draft, Pod pod) {
        boolean waits = !pod.network().sharers().isEmpty(); // who lives in its network has its users, too
        if (!pod.removalRequested() || !nothingRuns(draft.state(), pod.id()) || waits) {
            return;
        }
        draft.emit(new PodEvent.PodRemoving(pod.id(), Steps.removePod(draft.state(), pod)));
    }

    private static void removed(Draft draft, Pod pod) {
        draft.emit(new PodEvent.PodRemoved(pod.id()));
        pod.replacement().ifPresent(spec -> replace(draft, pod, spec));
    }

    /** What was possible when it was asked for may have become impossible: an image is gone, a port is taken. */
    private static void replace(Draft draft, Pod pod, PodSpec spec) {
        try {
            PodCreation.createAndStart(draft, spec);
        } catch (Draft.Refusal refusal) {
            draft.emit(new PodEvent.PodReplacementFailed(pod.id(), spec.name(), refusal.getMessage()));
        }
    }

    private static String reasonToStop(State state, Pod pod) {
        if (pod.startFailure().isPresent()) {
            return "could not be started: " + pod.startFailure().get();
        }
        return pod.containers().size() == 1 ? "its container has ended" : "its containers have ended";
    }

    private static boolean allSettled(State state, Pod pod) {
        return pod.containers().stream().allMatch(id -> state.container(id).settled());
    }

    private static boolean nothingRuns(State state, PodId pod) {
        boolean execs = state.execs().values().stream()
                .anyMatch(exec -> exec.pod().equals(pod) && exec.running().isPresent());
        return !execs && state.operations().values().stream()
                .noneMatch(operation -> operation.pod().equals(Optional.of(pod)) && !operation.over());
    }

    static Optional<Operation> of(State state, PodId pod, Operation.Kind kind) {
        return state.operations().values().stream()
                .filter(operation -> operation.kind() == kind && operation.pod().equals(Optional.of(pod)))
                .findFirst();
    }

    /** Whether something of it failed and waits to be taken again: whoever asks for its end need not wait for that moment. */
    static boolean failed(State state, PodId pod) {
        return state.operations().values().stream()
                .anyMatch(operation -> operation.failed() && operation.over() && operation.pod().equals(Optional.of(pod)));
    }

    private static Optional<Operation> running(State state, PodId pod, Operation.Kind kind) {
        return of(state, pod, kind).filter(operation -> !operation.over());
    }

    private static Optional<Operation> operationOn(State state, Container container, Operation.Kind kind) {
        return state.operations().values().stream()
                .filter(operation -> operation.kind() == kind
                        && operation.steps().values().stream()
                                .anyMatch(step -> step.planned()
                                        .container()
                                        .equals(Optional.of(container.id()))))
                .findFirst();
    }
}

package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.NamespaceSpec;
import dev.stowbook.supervisor.model.PauseReason;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodId;
import java.util.List;
import java.util.Optional;

/** What events of containers do to state. */
final class EvolveContainer {
    private EvolveContainer() {}

    static State apply(State state, ContainerEvent event, Recorded recorded) {
        long sequence = recorded.sequence();
        return switch (event) {
            case ContainerEvent.ContainerCreated e -> created(state, e, recorded);
            case ContainerEvent.ContainerStarting e -> begin(
                    state.withContainer(state.container(e.container()).starting(e.attempt())),
                    sequence,
                    Operation.Kind.START_CONTAINER,
                    e.pod(),
                    e.steps());
            case ContainerEvent.StopRequested e -> {
                Container container = state.container(e.container());
                yield state.withContainer(container.withStop(Optional.of(stop(container, e.graceMillis()))))
                        .withPod(state.pod(e.pod()).stopRequestedNow());
            }
            case ContainerEvent.ContainerStopping e -> EvolvePod.begin(
                    state.withContainer(state.container(e.container())
                            .withStop(Optional.of(new Container.Stop(
                                    asked(state.container(e.container())),
                                    state.container(e.container())
                                            .stop()
                                            .map(Container.Stop::graceMillis)
                                            .orElse(0L),
                                    true,
                                    Optional.of(e.deadline()),
                                    false)))),
                    sequence,
                    Operation.Kind.STOP_CONTAINER,
                    e.pod(),
                    e.signal(),
                    e.steps());
            case ContainerEvent.ContainerSignalling e -> EvolvePod.begin(
                    state, sequence, Operation.Kind.SIGNAL_CONTAINER, e.pod(), e.signal(), e.steps());
            case ContainerEvent.ContainerPausing e -> EvolvePod.begin(
                    state.withContainer(state.container(e.container()).withHeldForCommit(e.reason() == PauseReason.COMMIT)), sequence, Operation.Kind.PAUSE_CONTAINER, e.pod(), e.container().value(), e.steps());
            case ContainerEvent.ContainerResuming e -> EvolvePod.begin(
                    state.withContainer(state.container(e.container()).withHeldForCommit(false)), sequence, Operation.Kind.RESUME_CONTAINER, e.pod(), e.container().value(), e.steps());
            case ContainerEvent.ContainerKilling e -> EvolvePod.begin(
                    state.withContainer(state.container(e.container())
                            .withStop(Optional.of(new Container.Stop(
                                    asked(state.container(e.container())), 0, true, Optional.empty(), true)))),
                    sequence,
                    Operation.Kind.KILL_CONTAINER,
                    e.pod(),
                    e.container().value(),
                    e.steps());
            case ContainerEvent.ContainerUpdating e -> EvolveLimits.updating(
                    state, sequence, e.pod(), Optional.of(e.container()), e.resources(), e.steps());
            case ContainerEvent.KeeperLost e -> state.withContainer(
                    state.container(e.container()).withKeeperLost());
            case ContainerEvent.ProcessExited e -> withoutFailedKill(state, e.container())
                    .withContainer(state.container(e.container()).exited(e.exit(), e.oomKilled(), e.droppedBytes()));
            case ContainerEvent.RestartScheduled e -> state.withContainer(
                    state.container(e.container()).waiting(e.at(), e.failures()));
            case ContainerEvent.RestartCancelled e -> state.withContainer(
                    state.container(e.container()).settledNow());
            case ContainerEvent.OomKilled e -> state.withContainer(
                    state.container(e.container()).withOom());
            case ContainerEvent.PidsExhausted e -> state;
            case ContainerEvent.PressureRose e -> state;
            case ContainerEvent.FilesCopiedIn e -> state;
            case ContainerEvent.OutputDropped e -> state.withContainer(
                    state.container(e.container()).withDropped(e.bytes()));
        };
    }

    private static Container.Stop stop(Container container, long graceMillis) {
        return container
                .stop()
                .map(old -> new Container.Stop(
                        true, Math.min(old.graceMillis(), graceMillis), old.signalled(), old.deadline(), old.killing()))
                .orElse(new Container.Stop(true, graceMillis, false, Optional.empty(), false));
    }

    private static boolean asked(Container container) {
        return container.stop().map(Container.Stop::asked).orElse(false);
    }

    /** What has ended need not be killed any more. */
    private static State withoutFailedKill(State state, ContainerId container) {
        State next = state;
        for (Operation operation : state.operations().values()) {
            if (operation.kind() == Operation.Kind.KILL_CONTAINER
                    && operation.over()
                    && operation.target().equals(container.value())) {
                next = next.withOperations(next.operations().minus(operation.sequence()));
            }
        }
        return next;
    }

    private static State created(State state, ContainerEvent.ContainerCreated e, Recorded recorded) {
        Container.Definition definition = new Container.Definition(
                e.container(), e.pod(), e.name(), e.image(), e.imageId(), e.process(), e.resources(), e.options(), e.security(),
                e.layerId(), e.parentLayerId(),
                state.pod(e.pod()).spec().namespaces().pid().sharing() == NamespaceSpec.Sharing.CONTAINER, recorded.time());
        Container container = new Container(
                definition, Container.Phase.CREATED, 0, Optional.empty(), Optional.empty(), Optional.empty(), false,
                0, Optional.empty(), Optional.empty(), false, 0);
        return state.withContainer(container)
                .withPod(state.pod(e.pod()).withContainer(e.container()));
    }

    private static State begin(
            State state, long sequence, Operation.Kind kind, PodId pod, List<PlannedStep> steps) {
        return EvolvePod.begin(state, sequence, kind, pod, steps);
    }
}

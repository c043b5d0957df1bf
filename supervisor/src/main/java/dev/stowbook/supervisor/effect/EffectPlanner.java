package dev.stowbook.supervisor.effect;

import dev.stowbook.supervisor.command.TimerCommand;
import dev.stowbook.supervisor.event.BuildEvent;
import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.DaemonEvent;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.ExecEvent;
import dev.stowbook.supervisor.event.ImageEvent;
import dev.stowbook.supervisor.event.NetworkEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.event.TransferEvent;
import dev.stowbook.supervisor.event.VolumeEvent;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Operation;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Plans what an event implies. Pure. */
public final class EffectPlanner {
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration LAST_RETRY = Duration.ofMinutes(5);

    private EffectPlanner() {}

    /** The effects of one event, given the state at the end of its entry. */
    public static List<Effect> plan(State state, Recorded recorded) {
        List<Effect> effects = new ArrayList<>();
        Event event = recorded.event();
        switch (event) {
            case StepEvent e -> afterStep(state, e, recorded.time(), effects);
            case PodEvent e -> ofPod(state, e, recorded.sequence(), effects);
            case ContainerEvent e -> ofContainer(state, e, recorded.sequence(), effects);
            case ExecEvent e -> {
                begun(state, recorded.sequence(), effects);
                if (e instanceof ExecEvent.ExecExited exited) {
                    effects.add(new Effect.ForgetExecExit(exited.exec(), exited.container()));
                }
            }
            case ImageEvent e -> {
                begun(state, recorded.sequence(), effects);
            }
            case BuildEvent e -> begun(state, recorded.sequence(), effects);
            case TransferEvent e -> transfer(state, e, recorded.sequence()).ifPresent(effects::add);
            case VolumeEvent e -> begun(state, recorded.sequence(), effects);
            case NetworkEvent e -> NetworkEffects.of(state, e).ifPresent(effects::add);
            case DaemonEvent e -> {
                if (e instanceof DaemonEvent.OrphanFound orphan) {
                    effects.add(new Effect.RemoveOrphan(orphan.kind(), orphan.name()));
                }
            }
        }
        return effects;
    }

    /** The effect of a step whose outcome the log awaits: what a daemon that begins anew has to look after. */
    public static Effect.StepEffect pending(State state, Operation operation, PlannedStep step) {
        return StepEffects.of(state, operation, step);
    }

    /** Every moment that the state waits for. */
    public static List<Effect.Schedule> timers(State state) {
        List<Effect.Schedule> timers = new ArrayList<>();
        for (Container container : state.containers().values()) {
            container.nextStartAt()
                    .ifPresent(at -> timers.add(
                            new Effect.Schedule(at, new TimerCommand.RestartDue(container.id(), container.attempt()))));
            container.stop()
                    .flatMap(Container.Stop::deadline)
                    .ifPresent(at -> timers.add(new Effect.Schedule(
                            at, new TimerCommand.GraceExpired(container.id(), container.attempt()))));
        }
        for (Pod pod : state.pods().values()) {
            pod.nextStartAt()
                    .ifPresent(at -> timers.add(
                            new Effect.Schedule(at, new TimerCommand.PodRestartDue(pod.id(), pod.generation()))));
            retries(state, pod).forEach(operation -> timers.add(new Effect.Schedule(
                    state.instance().startedAt().plus(RETRY), new TimerCommand.RetryPod(pod.id(), operation))));
        }
        return timers;
    }

    /** What failed of a pod, and that it was killed in vain. */
    private static List<OptionalLong> retries(State state, Pod pod) {
        List<OptionalLong> retries = new ArrayList<>();
        state.operations().values().stream()
                .filter(operation -> operation.failed() && operation.over() && operation.pod().equals(Optional.of(pod.id())))
                .forEach(operation -> retries.add(OptionalLong.of(operation.sequence())));
        boolean killedInVain = pod.containers().stream()
                .map(state::container)
                .anyMatch(c -> c.running().isPresent()
                        && c.stop().map(Container.Stop::killing).orElse(false));
        if (killedInVain && retries.isEmpty()) {
            retries.add(OptionalLong.empty());
        }
        return retries;
    }

    /** Twice as long each time, so that what goes on failing does not fill the book. */
    static Duration retryAfter(int attempt) {
        Duration doubled = RETRY.multipliedBy(1L << Math.min(attempt - 1, 20));
        return doubled.compareTo(LAST_RETRY) < 0 ? doubled : LAST_RETRY;
    }

    private static Optional<Effect> transfer(State state, TransferEvent event, long sequence) {
        return switch (event) {
            case TransferEvent.PullStarted e -> Optional.of(new Effect.PullImage(sequence, e.reference(), e.platform(), e.manifest()));
            case TransferEvent.PushStarted e -> {
                StoredImage image = state.images().get(e.image());
                List<KnownBlob> known = image.layers().stream()
                        .flatMap(layer -> state.catalogue().of(layer.diffId()).stream())
                        .toList();
                yield Optional.of(new Effect.PushImage(sequence, e.reference(), image, known));
            }
            case TransferEvent.ManifestResolved e -> Optional.empty();
            case TransferEvent.SignaturesVerified e -> Optional.empty();
            case TransferEvent.LayerPulled e -> Optional.empty();
            case TransferEvent.ImagePulled e -> Optional.empty();
            case TransferEvent.PullFailed e -> Optional.empty();
            case TransferEvent.ImagePushed e -> Optional.empty();
            case TransferEvent.PushFailed e -> Optional.empty();
        };
    }

    private static void afterStep(State state, StepEvent event, Instant time, List<Effect> effects) {
        Operation operation = state.operations().get(event.step().operation());
        if (operation != null) {
            for (Operation.Step step : operation.steps().values()) {
                if (step.status() == Operation.Status.RUNNING
                        && step.planned().after().contains(event.step().name())) {
                    effects.add(StepEffects.of(state, operation, step.planned()));
                }
            }
        }
        if (operation != null && operation.failed() && operation.over()) {
            operation.pod().ifPresent(pod -> effects.add(new Effect.Schedule(
                    time.plus(retryAfter(operation.attempt())),
                    new TimerCommand.RetryPod(pod, OptionalLong.of(operation.sequence())))));
        }
    }

    private static void ofPod(State state, PodEvent event, long sequence, List<Effect> effects) {
        switch (event) {
            case PodEvent.PodStarting e -> begun(state, sequence, effects);
            case PodEvent.PodStopping e -> begun(state, sequence, effects);
            case PodEvent.PodUpdating e -> begun(state, sequence, effects);
            case PodEvent.PodRemoving e -> begun(state, sequence, effects);
            case PodEvent.AddressReassigned e -> {
                Operation operation = state.operations().get(e.step().operation());
                effects.add(StepEffects.of(
                        state, operation, operation.steps().get(e.step().name()).planned()));
            }
            case PodEvent.PodConnecting e -> begun(state, sequence, effects);
            case PodEvent.PodDisconnecting e -> begun(state, sequence, effects);
            case PodEvent.PodRestartScheduled e -> effects.add(
                    new Effect.Schedule(e.at(), new TimerCommand.PodRestartDue(e.pod(), e.generation())));
            case PodEvent.PodCreated e -> {}
            case PodEvent.PodStopped e -> {}
            case PodEvent.PodRestartCancelled e -> {}
            case PodEvent.PodRemovalRequested e -> {}
            case PodEvent.PodReplacementRequested e -> {}
            case PodEvent.PodReplacementFailed e -> {}
            case PodEvent.PodRemoved e -> {}
        }
    }

    private static void ofContainer(State state, ContainerEvent event, long sequence, List<Effect> effects) {
        switch (event) {
            case ContainerEvent.ContainerStarting e -> begun(state, sequence, effects);
            case ContainerEvent.ContainerSignalling e -> begun(state, sequence, effects);
            case ContainerEvent.ContainerPausing e -> begun(state, sequence, effects);
            case ContainerEvent.ContainerResuming e -> begun(state, sequence, effects);
            case ContainerEvent.ContainerKilling e -> begun(state, sequence, effects);
            case ContainerEvent.ContainerUpdating e -> begun(state, sequence, effects);
            case ContainerEvent.ContainerStopping e -> {
                begun(state, sequence, effects);
                effects.add(new Effect.Schedule(
                        e.deadline(),
                        new TimerCommand.GraceExpired(
                                e.container(), state.container(e.container()).attempt())));
            }
            case ContainerEvent.RestartScheduled e -> effects.add(
                    new Effect.Schedule(e.at(), new TimerCommand.RestartDue(e.container(), e.attempt())));
            case ContainerEvent.ProcessExited e -> effects.add(
                    new Effect.ForgetExit(e.pod(), e.container(), e.attempt()));
            case ContainerEvent.ContainerCreated e -> {}
            case ContainerEvent.StopRequested e -> {}
            case ContainerEvent.KeeperLost e -> {}
            case ContainerEvent.RestartCancelled e -> {}
            case ContainerEvent.OomKilled e -> {}
            case ContainerEvent.PidsExhausted e -> {}
            case ContainerEvent.PressureRose e -> {}
            case ContainerEvent.FilesCopiedIn e -> {}
            case ContainerEvent.OutputDropped e -> {}
        }
    }

    private static void begun(State state, long sequence, List<Effect> effects) {
        Operation operation = state.operations().get(sequence);
        if (operation == null) {
            return;
        }
        for (Operation.Step step : operation.steps().values()) {
            if (step.status() == Operation.Status.RUNNING) {
                effects.add(StepEffects.of(state, operation, step.planned()));
            }
        }
    }
}

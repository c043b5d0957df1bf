package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Decides what users ask of pods. */
final class PodDecider {
    private PodDecider() {}

    static Decision decide(Draft draft, PodCommand command) {
        return switch (command) {
            case PodCommand.ApplyPods c -> apply(draft, c);
            case PodCommand.StartPod c -> start(draft, c);
            case PodCommand.StopPod c -> stop(draft, c);
            case PodCommand.KillPod c -> kill(draft, c);
            case PodCommand.PausePod c -> Pausing.pausePod(draft, c.pod());
            case PodCommand.ResumePod c -> Pausing.resumePod(draft, c.pod());
            case PodCommand.UpdatePod c -> LimitsDecider.update(draft, c);
            case PodCommand.RemovePods c -> remove(draft, c);
        };
    }

    private static Decision apply(Draft draft, PodCommand.ApplyPods command) {
        List<Answer.NetworkAction> networks = command.networks().stream()
                .map(spec -> NetworkDecider.apply(draft, spec))
                .toList();
        List<Answer.PodAction> actions = new ArrayList<>();
        for (PodSpec spec : command.pods()) {
            Optional<Pod> existing = draft.state().podNamed(spec.name());
            if (existing.isEmpty()) {
                PodId id = PodCreation.createAndStart(draft, spec);
                actions.add(new Answer.PodAction(id.value(), spec.name(), "created"));
            } else {
                actions.add(applyOver(draft, existing.get(), spec));
            }
        }
        return draft.accepted(new Answer.Pods(networks, actions), new Await.Entry());
    }

    private static Answer.PodAction applyOver(Draft draft, Pod pod, PodSpec spec) {
        boolean same = pod.replacement().map(spec::equals).orElse(!pod.removalRequested() && spec.equals(pod.spec()));
        if (same) {
            return new Answer.PodAction(pod.id().value(), spec.name(), "unchanged");
        }
        if (pod.replacement().isEmpty() && LimitsDecider.onlyLimitsChange(pod, spec)) {
            LimitsDecider.apply(draft, pod, spec);
            return new Answer.PodAction(pod.id().value(), spec.name(), "updated");
        }
        for (var container : spec.containers()) {
            if (Images.of(draft.state(), container).isEmpty()) {
                throw Draft.reject(ErrorCode.NOT_FOUND, Images.missing(spec, container));
            }
        }
        VolumeBinding.check(draft.state(), spec, List.of());
        refuseShared(draft, pod, List.of());
        draft.emit(new PodEvent.PodReplacementRequested(pod.id(), spec));
        stopAll(draft, pod, OptionalLong.empty(), "its manifest has changed");
        Settling.settle(draft, pod.id(), false);
        return new Answer.PodAction(pod.id().value(), spec.name(), "replaced");
    }

    private static Decision start(Draft draft, PodCommand.StartPod command) {
        Pod pod = Draft.require(Lookup.pod(draft.state(), command.pod()));
        if (pod.removalRequested()) {
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + pod.spec().name() + " is being removed");
        }
        if (pod.phase() == Pod.Phase.STOPPING) {
            throw Draft.reject(
                    ErrorCode.CONFLICT, "pod " + pod.spec().name() + " is being taken down; try again when it has stopped");
        }
        if (pod.phase() == Pod.Phase.STOPPED) {
            PodCreation.start(draft, pod.id());
        }
        int generation = draft.state().pod(pod.id()).generation();
        return draft.accepted(one(pod, "started"), new Await.PodStarted(pod.id(), generation));
    }

    private static Decision stop(Draft draft, PodCommand.StopPod command) {
        Pod pod = Draft.require(Lookup.pod(draft.state(), command.pod()));
        stopAll(draft, pod, command.graceMillis(), "asked to stop");
        Settling.settle(draft, pod.id(), Settling.failed(draft.state(), pod.id()));
        return draft.accepted(one(pod, "stopped"), new Await.PodsStopped(List.of(pod.id())));
    }

    private static Decision kill(Draft draft, PodCommand.KillPod command) {
        Pod pod = Draft.require(Lookup.pod(draft.state(), command.pod()));
        List<Container> running = pod.containers().stream()
                .map(draft.state()::container)
                .filter(container -> container.running().isPresent())
                .toList();
        if (running.isEmpty()) {
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + pod.spec().name() + " has no running container");
        }
        List<Await> awaits = running.stream()
                .map(container -> ContainerDecider.signal(draft, container, command.signal()))
                .toList();
        return draft.accepted(one(pod, "killed"), new Await.All(awaits));
    }

    private static Decision remove(Draft draft, PodCommand.RemovePods command) {
        List<Answer.PodAction> actions = new ArrayList<>();
        List<PodId> ids = new ArrayList<>();
        for (String ref : command.pods()) {
            if (command.absentIsFine() && draft.state().podNamed(ref).isEmpty()) {
                actions.add(new Answer.PodAction("", ref, "absent"));
                continue;
            }
            Pod pod = Draft.require(Lookup.pod(draft.state(), ref));
            refuseShared(draft, pod, command.pods());
            removeOne(draft, pod, command);
            ids.add(pod.id());
            actions.add(new Answer.PodAction(pod.id().value(), pod.spec().name(), "removed"));
        }
        return draft.accepted(new Answer.Pods(actions), new Await.PodsRemoved(ids));
    }

    /** Who lives in a pod's network has its users, too: it goes first, or with it. */
    private static void refuseShared(Draft draft, Pod pod, List<String> goingToo) {
        List<String> sharers = pod.network().sharers().stream()
                .map(id -> draft.state().pod(id))
                .filter(sharer -> !goingToo.contains(sharer.spec().name()) && !goingToo.contains(sharer.id().value()))
                .map(sharer -> sharer.spec().name())
                .toList();
        if (!sharers.isEmpty()) {
            throw Draft.reject(
                    ErrorCode.CONFLICT,
                    "pod " + pod.spec().name() + " lends its network to " + String.join(", ", sharers)
                            + ": stop that first, or remove both at once");
        }
    }

    private static void removeOne(Draft draft, Pod pod, PodCommand.RemovePods command) {
        boolean runs = pod.containers().stream()
                .map(draft.state()::container)
                .anyMatch(container -> !container.settled() && container.phase() != Container.Phase.CREATED);
        if (runs && !command.force()) {
            throw Draft.reject(
                    ErrorCode.CONFLICT,
                    "pod " + pod.spec().name() + " is running: stop it first, or remove it by force (-f)");
        }
        if (!pod.removalRequested() || pod.replacement().isPresent()) {
            draft.emit(new PodEvent.PodRemovalRequested(pod.id()));
        }
        stopAll(draft, pod, command.graceMillis(), "to be removed");
        Settling.settle(draft, pod.id(), Settling.failed(draft.state(), pod.id()));
    }

    /** Removes a pod whatever it does. */
    static void removeAtOnce(Draft draft, Pod pod) {
        removeOne(draft, pod, new PodCommand.RemovePods(List.of(), true, true, OptionalLong.of(0)));
    }

    private static void stopAll(Draft draft, Pod pod, OptionalLong grace, String reason) {
        long graceMillis = grace.orElse(pod.spec().terminationGrace().toMillis());
        boolean willBeTriedAgain = pod.active() && pod.startFailure().isPresent() && !pod.stopRequested();
        if (pod.nextStartAt().isPresent() || willBeTriedAgain) {
            draft.emit(new PodEvent.PodRestartCancelled(pod.id()));
        }
        for (ContainerId id : pod.containers()) {
            requestStop(draft, draft.state().container(id), graceMillis, reason);
        }
    }

    static void requestStop(Draft draft, Container container, long graceMillis, String reason) {
        boolean toEnd = switch (container.phase()) {
            case STARTING, RUNNING, WAITING -> true;
            case CREATED, EXITED -> false;
        };
        boolean sooner = container.stop()
                .map(stop -> !stop.asked() || graceMillis < stop.graceMillis())
                .orElse(true);
        if (toEnd && sooner) {
            draft.emit(new ContainerEvent.StopRequested(container.id(), container.pod(), graceMillis, reason));
            boolean waits = container.stop().map(stop -> stop.signalled() && !stop.killing()).orElse(false);
            if (waits && container.phase() == Container.Phase.RUNNING) {
                Settling.stopSooner(draft, draft.state().container(container.id()));
            }
        }
    }

    static Answer one(Pod pod, String action) {
        return new Answer.Pods(
                List.of(new Answer.PodAction(pod.id().value(), pod.spec().name(), action)));
    }
}

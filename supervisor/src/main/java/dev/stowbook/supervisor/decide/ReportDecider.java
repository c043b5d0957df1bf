package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.DaemonEvent;
import dev.stowbook.supervisor.event.ExecEvent;
import dev.stowbook.supervisor.event.NetworkEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.EndpointAddress;
import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.InitLayer;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.StepKind;
import dev.stowbook.supervisor.model.StepRef;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Exec;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.Operation;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Decides what reports mean. What the state has overtaken means nothing. */
final class ReportDecider {
    private ReportDecider() {}

    static Decision decide(Draft draft, Report report) {
        switch (report) {
            case Report.CompleteStep r -> step(draft, r.outcome());
            case Report.ReportExit r -> exit(draft, r);
            case Report.ReportExecExit r -> execExit(draft, r);
            case Report.ReportKeeperLost r -> keeperLost(draft, r);
            case Report.ReportOutputDropped r -> container(draft, r.container().value())
                    .ifPresent(c -> draft.emit(new ContainerEvent.OutputDropped(c.id(), c.pod(), r.bytes())));
            case Report.ReportOom r -> membersOf(draft.state(), r.group()).forEach(c ->
                    draft.emit(new ContainerEvent.OomKilled(c.id(), c.pod(), r.group(), r.oomKills())));
            case Report.ReportPidsExhausted r -> membersOf(draft.state(), r.group()).forEach(c ->
                    draft.emit(new ContainerEvent.PidsExhausted(c.id(), c.pod(), r.group(), r.refusals())));
            case Report.ReportPressure r -> membersOf(draft.state(), r.group()).forEach(c ->
                    draft.emit(new ContainerEvent.PressureRose(
                            c.id(), c.pod(), r.group(), r.resource(), r.kind(), r.stallMillis(), r.windowMillis(),
                            r.totalStallMicros())));
            case Report.ReportRulesFlushed r -> draft.emit(new NetworkEvent.RulesFlushed(r.detail()));
            case Report.ReportRulesRepaired r -> {
                if (!r.repaired().isEmpty()) {
                    draft.emit(new NetworkEvent.RulesRepaired(r.repaired()));
                }
            }
            case Report.ReportTransfer r -> TransferDecider.report(draft, r.news(), r.blobs());
            case Report.ReportPulled r -> TransferDecider.pulled(draft, r);
            case Report.ReportOrphan r -> {
                if (!known(draft.state(), r.orphan())) {
                    draft.emit(new DaemonEvent.OrphanFound(r.kind(), r.orphan()));
                }
            }
            case Report.ReportOrphanRemoved r -> draft.emit(
                    new DaemonEvent.OrphanRemoved(r.kind(), r.orphan(), r.error()));
        }
        return draft.accepted();
    }

    private static void step(Draft draft, StepEvent outcome) {
        StepRef step = outcome.step();
        Operation operation = draft.state().operations().get(step.operation());
        if (operation == null || !operation.awaits(step.name())) {
            return;
        }
        if (outcome instanceof StepEvent.StepFailed failure) {
            failed(draft, operation, failure);
        } else {
            BuildDecider.ended(draft, outcome);
        }
        operation.pod().ifPresent(pod -> Settling.settle(draft, pod, false));
    }

    private static void failed(Draft draft, Operation operation, StepEvent.StepFailed failure) {
        StepKind kind = operation.steps().get(failure.step().name()).planned().kind();
        if (kind == StepKind.JOIN_ENDPOINT && failure.code().equals("IN_USE") && reassigned(draft, failure)) {
            return;
        }
        draft.emit(failure);
        if (kind == StepKind.FREEZE && operation.kind() == Operation.Kind.PAUSE_CONTAINER) {
            Pausing.undo(draft, operation.steps().get(failure.step().name()).planned().container().orElseThrow());
        }
        if (operation.kind() == Operation.Kind.CONNECT_POD) {
            undo(draft, operation, failure);
        } else if (kind == StepKind.START_PROCESS) {
            ContainerId id = operation.steps().get(failure.step().name()).planned().container().orElseThrow();
            Container container = draft.state().container(id);
            if (container.phase() != Container.Phase.STARTING) {
                return;
            }
            ExitStatus exit = new ExitStatus(
                    ExitStatus.Kind.START_FAILED,
                    failure.exitCode(),
                    OptionalInt.empty(),
                    draft.now(),
                    false,
                    failure.message());
            Settling.exit(draft, container, exit, 0);
        }
    }

    /** The host has an address: the next one is recorded and tried, unless the user named it. */
    private static boolean reassigned(Draft draft, StepEvent.StepFailed failure) {
        Pod pod = draft.state().pod(failure.pod());
        EndpointSpec endpoint = endpoint(draft, pod, failure.step());
        Optional<List<EndpointAddress>> others = Endpoints.others(draft.state(), endpoint);
        others.ifPresent(addresses -> draft.emit(new PodEvent.AddressReassigned(
                pod.id(),
                failure.step(),
                endpoint.id(),
                endpoint.addresses().stream().map(EndpointAddress::address).toList(),
                addresses)));
        return others.isPresent();
    }

    private static EndpointSpec endpoint(Draft draft, Pod pod, StepRef step) {
        Operation operation = draft.state().operations().get(step.operation());
        EndpointId id = operation.steps().get(step.name()).planned().endpoint().orElseThrow();
        return pod.network().endpoint(id).orElseThrow();
    }

    /** A pod that could not be connected is taken off the network again, whatever was made of it. */
    private static void undo(Draft draft, Operation connect, StepEvent.StepFailed failure) {
        Pod pod = draft.state().pod(failure.pod());
        pod.network().endpoint(new EndpointId(connect.target())).ifPresent(endpoint -> draft.emit(
                new PodEvent.PodDisconnecting(
                        pod.id(), endpoint.id(), "it could not be connected", Steps.disconnect(draft.state(), pod, endpoint))));
    }

    /** One that is told of before its start is as good: that the start had an outcome is then told of later. */
    private static void exit(Draft draft, Report.ReportExit r) {
        Container container = draft.state().containers().get(r.container());
        boolean current = container != null && container.attempt() == r.attempt();
        if (!current || (container.running().isEmpty() && container.phase() != Container.Phase.STARTING)) {
            return;
        }
        Settling.exit(draft, container, r.exit(), r.droppedBytes());
        Settling.settle(draft, container.pod(), false);
    }

    private static void execExit(Draft draft, Report.ReportExecExit r) {
        Exec exec = draft.state().execs().get(r.exec());
        if (exec != null && exec.exit().isEmpty()) {
            draft.emit(new ExecEvent.ExecExited(exec.id(), exec.container(), r.exit()));
            Settling.settle(draft, exec.pod(), false);
        }
    }

    private static void keeperLost(Draft draft, Report.ReportKeeperLost r) {
        Container container = draft.state().containers().get(r.container());
        if (container == null || container.running().isEmpty() || container.attempt() != r.attempt()) {
            return;
        }
        if (!container.running().get().keeperLost()) {
            draft.emit(new ContainerEvent.KeeperLost(container.id(), container.pod(), container.attempt()));
            Settling.settle(draft, container.pod(), false);
        }
    }

    /** Whom something that happened to a group concerns: its container; of a pod, each that runs. */
    private static List<Container> membersOf(State state, String group) {
        Container container = state.containers().get(new ContainerId(group));
        if (container != null) {
            return List.of(container);
        }
        Pod pod = state.pods().get(new PodId(group));
        return pod == null
                ? List.of()
                : pod.containers().stream().map(state::container).filter(c -> c.running().isPresent()).toList();
    }

    /**
     * What was unknown when the host was looked at may have come to be since. Names begin with an id, which is random and so
     * tells by itself what it is of; an endpoint's ends with its generation.
     */
    private static boolean known(State state, String orphan) {
        int slash = orphan.indexOf('/');
        String id = slash < 0 ? orphan : orphan.substring(0, slash);
        String rest = slash < 0 ? "" : orphan.substring(slash + 1);
        Pod pod = state.pods().get(new PodId(id));
        if (pod != null && pod.active()) {
            return true;
        }
        for (Network network : state.networks().values()) {
            PodId member = network.members().get(new EndpointId(id));
            if (member != null && state.pod(member).active()) {
                return rest.equals(Integer.toString(state.pod(member).generation()));
            }
        }
        return state.networks().containsKey(new NetworkId(id))
                || state.containers().containsKey(new ContainerId(id))
                || state.execs().containsKey(new ExecId(id))
                || state.containers().values().stream().anyMatch(c -> c.definition().layerId().equals(id))
                || state.storage().volumes().containsKey(id)
                || layerOfAnImage(state, id);
    }

    private static boolean layerOfAnImage(State state, String id) {
        return Stream.concat(
                        state.images().values().stream().flatMap(image -> image.layers().stream()),
                        state.removals().values().stream().flatMap(List::stream))
                .anyMatch(layer -> layer.cacheId().equals(id) || InitLayer.on(layer.cacheId()).equals(id));
    }

    private static Optional<Container> container(Draft draft, String id) {
        return Optional.ofNullable(draft.state().containers().get(new ContainerId(id)));
    }
}

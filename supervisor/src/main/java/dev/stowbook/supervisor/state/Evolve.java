package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.event.BuildEvent;
import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.DaemonEvent;
import dev.stowbook.supervisor.event.ExecEvent;
import dev.stowbook.supervisor.event.ImageEvent;
import dev.stowbook.supervisor.event.NetworkEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.event.TransferEvent;
import dev.stowbook.supervisor.event.VolumeEvent;
import dev.stowbook.supervisor.model.EndpointId;
import java.time.Instant;
import java.util.Optional;

/** Applies events to state: the only place where state changes. */
public final class Evolve {
    private Evolve() {}

    /** The state after an event. Replaying a log from {@link State#empty()} gives the same state every time. */
    public static State apply(State state, Recorded recorded) {
        long sequence = recorded.sequence();
        if (sequence != state.sequence() + 1) {
            throw new IllegalStateException("event " + sequence + " applied to state " + state.sequence());
        }
        State next = switch (recorded.event()) {
            case DaemonEvent event -> daemon(state, event, recorded.time());
            case NetworkEvent event -> EvolveNetwork.apply(state, event, recorded.time());
            case ImageEvent event -> EvolveImage.apply(state, event, sequence, recorded.time());
            case BuildEvent event -> EvolveBuild.apply(state, event, sequence, recorded.time());
            case TransferEvent event -> state.withCatalogue(state.catalogue().apply(event, sequence));
            case VolumeEvent event -> EvolveVolume.apply(state, event, sequence, recorded.time());
            case PodEvent event -> EvolvePod.apply(state, event, recorded);
            case ContainerEvent event -> EvolveContainer.apply(state, event, recorded);
            case ExecEvent event -> EvolveExec.apply(state, event, sequence);
            case StepEvent event -> EvolveStep.apply(state, event, recorded.time());
        };
        return next.withSequence(sequence);
    }

    private static State daemon(State state, DaemonEvent event, Instant time) {
        Instance old = state.instance();
        return switch (event) {
            case DaemonEvent.InstanceCreated e -> state.withInstance(new Instance(
                    e.instanceId(), old.bootId(), old.graphDriver(), old.cgroupDriver(), old.networkDriver(), time, old.users()));
            case DaemonEvent.DaemonStarted e -> started(state, e, time);
            case DaemonEvent.DaemonStopped e -> state;
            case DaemonEvent.OrphanFound e -> state;
            case DaemonEvent.OrphanRemoved e -> state;
        };
    }

    /** After a reboot nothing is in the kernel: links of networks are gone, and so is all work in progress there. */
    private static State started(State state, DaemonEvent.DaemonStarted e, Instant time) {
        State next = state.withInstance(new Instance(
                state.instance().id(), e.bootId(), e.graphDriver(), e.cgroupDriver(), e.networkDriver(), time,
                state.instance().users().withPool(e.users())));
        if (!e.rebooted()) {
            return next;
        }
        for (Network network : state.networks().values()) {
            next = next.withNetworks(next.networks().plus(network.id(), network.unlinked()));
        }
        for (Operation operation : state.operations().values()) {
            if (operation.kind() == Operation.Kind.DISCONNECT_POD) {
                next = EvolveNetwork.leave(next, operation.pod().orElseThrow(), new EndpointId(operation.target()));
            }
            if (!onDisk(operation.kind())) {
                next = next.withOperations(next.operations().minus(operation.sequence()));
            }
        }
        return next;
    }

    /** Whether it works on what outlives a reboot. */
    private static boolean onDisk(Operation.Kind kind) {
        return switch (kind) {
            case REMOVE_POD, REMOVE_IMAGE, BUILD_IMAGE, CREATE_VOLUME, REMOVE_VOLUME -> true;
            case START_POD, START_CONTAINER, STOP_CONTAINER, KILL_CONTAINER, SIGNAL_CONTAINER, UPDATE_LIMITS, PAUSE_CONTAINER, RESUME_CONTAINER, CONNECT_POD,
                    DISCONNECT_POD, STOP_POD, EXEC -> false;
        };
    }
}

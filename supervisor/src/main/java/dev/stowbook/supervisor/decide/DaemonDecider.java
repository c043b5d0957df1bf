package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.DaemonEvent;
import dev.stowbook.supervisor.event.ExecEvent;
import dev.stowbook.supervisor.event.NetworkEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.NetworkSpec;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.SubnetSpec;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Exec;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.Subnet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Decides what the daemon's own life asks for. */
final class DaemonDecider {
    private DaemonDecider() {}

    static Decision decide(Draft draft, DaemonCommand command) {
        switch (command) {
            case DaemonCommand.CreateInstance c -> instance(draft);
            case DaemonCommand.StartDaemon c -> start(draft, c);
            case DaemonCommand.StopDaemon c -> draft.emit(new DaemonEvent.DaemonStopped(c.reason()));
            case DaemonCommand.NetworkIsReady c -> {
                Network network = draft.state().networks().get(c.network());
                if (network != null && !network.link().equals(Optional.of(c.link()))) {
                    draft.emit(new NetworkEvent.NetworkReady(c.network(), c.link()));
                }
            }
            case DaemonCommand.NetworkIsMissing c -> missing(draft, c);
            case DaemonCommand.NetworkIsGone c -> {
                if (going(draft, c.network())) {
                    draft.emit(new NetworkEvent.NetworkRemoved(c.network()));
                }
            }
            case DaemonCommand.NetworkIsStuck c -> {
                if (going(draft, c.network())) {
                    draft.emit(new NetworkEvent.NetworkRemovalFailed(c.network(), c.code(), c.message()));
                }
            }
        }
        return draft.accepted();
    }

    private static boolean going(Draft draft, NetworkId id) {
        Network network = draft.state().networks().get(id);
        return network != null && network.removing();
    }

    /** Where the host has the subnet, another one is taken, unless the user named it or somebody has an address in it. */
    private static void missing(Draft draft, DaemonCommand.NetworkIsMissing c) {
        Network network = draft.state().networks().get(c.network());
        if (network == null || network.removing()) {
            return;
        }
        Optional<List<SubnetSpec>> others = c.code().equals("IN_USE") && network.members().isEmpty()
                ? Subnets.others(draft.state(), draft.settings(), network)
                : Optional.empty();
        if (others.isPresent()) {
            draft.emit(new NetworkEvent.SubnetsReassigned(network.id(), network.subnets(), others.get()));
        } else {
            draft.emit(new NetworkEvent.NetworkFailed(network.id(), c.code(), c.message()));
        }
    }

    private static void instance(Draft draft) {
        if (draft.state().instance().id().isEmpty()) {
            draft.emit(new DaemonEvent.InstanceCreated(draft.inputs().newId().substring(0, 12)));
        }
    }

    private static void start(Draft draft, DaemonCommand.StartDaemon c) {
        instance(draft);
        String lastBoot = draft.state().instance().bootId();
        boolean rebooted = !lastBoot.isEmpty() && !lastBoot.equals(c.bootId());
        draft.emit(new DaemonEvent.DaemonStarted(
                c.version(), c.bootId(), rebooted, c.pid(), c.graphDriver(), c.cgroupDriver(), c.networkDriver(),
                c.users()));
        if (draft.state().networks().isEmpty()) {
            Subnet subnet = Subnet.parse(c.defaultSubnet());
            draft.emit(new NetworkEvent.NetworkCreated(
                    new NetworkId(draft.inputs().newId()),
                    c.networkDriver(),
                    NetworkSpec.named(NetworkDecider.DEFAULT),
                    List.of(new SubnetSpec(subnet.toString(), subnet.address(1).text()))));
        }
        if (rebooted) {
            afterReboot(draft);
        }
        Pausing.endCommits(draft);
    }

    /** A reboot ends every process and every kernel object; the files and the book are what is left. */
    private static void afterReboot(Draft draft) {
        ExitStatus exit = new ExitStatus(
                ExitStatus.Kind.HOST_REBOOTED, 137, OptionalInt.empty(), draft.now(), true, "the host was started anew");
        for (Exec exec : draft.state().execs().values()) {
            if (exec.exit().isEmpty()) {
                draft.emit(new ExecEvent.ExecExited(exec.id(), exec.container(), exit));
            }
        }
        for (Pod pod : draft.state().pods().values()) {
            if (pod.active()) {
                rebooted(draft, pod, exit);
            }
            Settling.settle(draft, pod.id(), false);
        }
        // Who waited for the pods that lived in its network waits no more.
        for (Pod pod : draft.state().pods().values()) {
            Settling.settle(draft, pod.id(), false);
        }
    }

    private static void rebooted(Draft draft, Pod pod, ExitStatus exit) {
        boolean wanted = false;
        for (ContainerId id : pod.containers()) {
            Container container = draft.state().container(id);
            boolean ended = container.phase() == Container.Phase.EXITED;
            wanted |= !ended && !container.stop().map(Container.Stop::asked).orElse(false);
            if (container.phase() == Container.Phase.WAITING) {
                draft.emit(new ContainerEvent.RestartCancelled(id, pod.id()));
            } else if (!ended) {
                draft.emit(new ContainerEvent.ProcessExited(
                        id, pod.id(), container.attempt(), exit, container.oomKilled(), 0));
            }
        }
        if (wanted && !pod.removalRequested() && pod.spec().restartPolicy() != PodSpec.RestartPolicy.NEVER) {
            draft.emit(new PodEvent.PodStopped(pod.id(), pod.generation()));
            draft.emit(new PodEvent.PodRestartScheduled(pod.id(), pod.generation(), draft.now(), 0));
        } else {
            Settling.stoppedNow(draft, pod);
        }
    }
}

package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.Operation;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.util.List;

/** What must be true, and durable, before whoever asked is told. */
public sealed interface Await {

    /** Whether it is true in that state. */
    boolean holds(State state);

    /** Nothing but the entry itself. */
    record Entry() implements Await {
        @Override
        public boolean holds(State state) {
            return true;
        }
    }

    /** Every container of that generation runs, has ended or failed to start. */
    record PodStarted(PodId id, int generation) implements Await {
        @Override
        public boolean holds(State state) {
            Pod pod = state.pods().get(id);
            return pod == null || pod.generation() > generation || pod.phase() != Pod.Phase.STARTING;
        }
    }

    /** Nothing of the pods is in the kernel. */
    record PodsStopped(List<PodId> ids) implements Await {
        @Override
        public boolean holds(State state) {
            return ids.stream().allMatch(id -> state.pods().get(id) == null || !state.pod(id).active());
        }
    }

    /** Nothing of the pods is left. */
    record PodsRemoved(List<PodId> ids) implements Await {
        @Override
        public boolean holds(State state) {
            return ids.stream().noneMatch(state.pods()::containsKey);
        }
    }

    /** The containers have ended, and nothing will start them again by itself. */
    record ContainersSettled(List<ContainerId> ids) implements Await {
        @Override
        public boolean holds(State state) {
            return ids.stream().allMatch(id -> {
                Container container = state.containers().get(id);
                return container == null || container.settled();
            });
        }
    }

    /** That work has come to an end. */
    record OperationsOver(List<Long> operations) implements Await {
        @Override
        public boolean holds(State state) {
            return operations.stream().allMatch(sequence -> {
                Operation operation = state.operations().get(sequence);
                return operation == null || operation.over();
            });
        }
    }

    /** The kernel has it, or could not be given it. */
    record NetworkSettled(NetworkId id) implements Await {
        @Override
        public boolean holds(State state) {
            Network network = state.networks().get(id);
            return network == null || network.link().isPresent() || network.failure().isPresent();
        }
    }

    /** They are gone, or cannot go. */
    record NetworksGone(List<NetworkId> ids) implements Await {
        @Override
        public boolean holds(State state) {
            return ids.stream().map(state.networks()::get).allMatch(network -> network == null || !network.removing());
        }
    }

    /** The pod does not have that connection any more. */
    record Disconnected(PodId pod, EndpointId endpoint) implements Await {
        @Override
        public boolean holds(State state) {
            Pod now = state.pods().get(pod);
            return now == null || now.network().endpoint(endpoint).isEmpty();
        }
    }

    /** The process runs, or could not be started. */
    record ExecBegun(ExecId id) implements Await {
        @Override
        public boolean holds(State state) {
            var exec = state.execs().get(id);
            return exec == null || exec.running().isPresent() || exec.exit().isPresent();
        }
    }

    /** All of them. */
    record All(List<Await> awaits) implements Await {
        @Override
        public boolean holds(State state) {
            return awaits.stream().allMatch(await -> await.holds(state));
        }
    }
}

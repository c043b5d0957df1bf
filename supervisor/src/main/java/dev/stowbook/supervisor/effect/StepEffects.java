package dev.stowbook.supervisor.effect;

import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.NamespaceSpec;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.ProcessIdentity;
import dev.stowbook.supervisor.model.StepRef;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.Operation;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The effect of each step: takes from the state what doing it needs. */
final class StepEffects {
    private StepEffects() {}

    static Effect.StepEffect of(State state, Operation operation, PlannedStep planned) {
        StepRef step = new StepRef(operation.sequence(), planned.name());
        return switch (planned.kind()) {
            case CREATE_SANDBOX -> {
                Pod pod = pod(state, operation);
                yield new Effect.CreateSandbox(
                        step,
                        pod.id(),
                        pod.generation(),
                        pod.hostname(),
                        pod.spec().networking().mode(),
                        pod.network().sharing(),
                        pod.users(state),
                        pod.spec().namespaces());
            }
            case CREATE_POD_CGROUP -> new Effect.CreateGroup(
                    step, podId(operation), planned.container(), pod(state, operation).spec().resources(), List.of());
            case CREATE_CGROUP -> new Effect.CreateGroup(
                    step,
                    podId(operation),
                    planned.container(),
                    container(state, planned).definition().resources(),
                    container(state, planned).definition().options().devices());
            case UPDATE_CGROUP -> new Effect.UpdateGroup(
                    step, podId(operation), planned.container(), operation.limits().orElseThrow());
            case JOIN_ENDPOINT -> NetworkEffects.join(state, pod(state, operation), planned, step);
            case ROUTE_ENDPOINT -> new Effect.RouteEndpoint(
                    NetworkEffects.join(state, pod(state, operation), planned, step));
            case PUBLISH_PORTS -> NetworkEffects.publish(state, pod(state, operation), step);
            case PREPARE_ROOTFS -> {
                Container.Definition definition = container(state, planned).definition();
                yield new Effect.PrepareRootfs(
                        step,
                        definition.pod(),
                        definition.id(),
                        definition.layerId(),
                        definition.parentLayerId(),
                        definition.resources().storageBytes());
            }
            case START_PROCESS -> process(state, planned, step);
            case SIGNAL -> new Effect.SendSignal(step, podId(operation), id(planned), operation.target());
            case FREEZE -> new Effect.Freeze(step, podId(operation), id(planned));
            case THAW -> new Effect.Thaw(step, podId(operation), id(planned));
            case KILL -> new Effect.Kill(step, podId(operation), id(planned));
            case LEAVE_ENDPOINT -> NetworkEffects.leave(state, operation, pod(state, operation), planned, step);
            case DESTROY_CGROUP, DESTROY_POD_CGROUP -> new Effect.DestroyGroup(
                    step, podId(operation), planned.container());
            case REMOVE_SANDBOX -> {
                Pod pod = pod(state, operation);
                yield new Effect.RemoveSandbox(step, pod.id(), pod.generation());
            }
            case REMOVE_ROOTFS -> new Effect.RemoveRootfs(
                    step, podId(operation), id(planned), container(state, planned).definition().layerId());
            case REMOVE_FILES -> new Effect.RemoveFiles(
                    step, podId(operation), pod(state, operation).containers());
            case START_EXEC -> {
                Container container = container(state, planned);
                yield new Effect.StartExec(
                        step,
                        state.execs().get(new ExecId(operation.target())),
                        container.definition(),
                        container.running().orElseThrow().process(),
                        pod(state, operation).users(state));
            }
            case REMOVE_IMAGE -> new Effect.RemoveImage(
                    step, operation.target(), state.removals().get(operation.target()));
            case BUILD_IMAGE -> {
                BuildId build = new BuildId(operation.target());
                yield new Effect.BuildImage(step, build, state.builds().running().get(build).spec());
            }
            case CREATE_VOLUME, MOUNT_VOLUME, FILL_VOLUME, UNMOUNT_VOLUME, REMOVE_VOLUME ->
                VolumeEffects.of(state, operation, planned, step);
        };
    }

    private static Effect.StepEffect process(State state, PlannedStep planned, StepRef step) {
        Container container = container(state, planned);
        Pod pod = state.pod(container.pod());
        return new Effect.StartProcess(
                step,
                container.definition(),
                container.attempt(),
                pod.generation(),
                pod.spec().name(),
                NetworkEffects.naming(state, pod, hostname(state, pod)),
                pod.users(state),
                namespaces(state, pod),
                VolumeEffects.mounts(state, container));
    }

    private static Effect.Namespaces namespaces(State state, Pod pod) {
        NamespaceSpec spec = pod.spec().namespaces();
        SortedMap<String, ProcessIdentity> joined = new TreeMap<>();
        Map.of("pid", spec.pid(), "ipc", spec.ipc(), "uts", spec.uts()).forEach((kind, choice) -> joined(state, choice)
                .flatMap(Container::running)
                .ifPresent(running -> joined.put(kind, running.process())));
        return new Effect.Namespaces(spec, joined);
    }

    private static Optional<Container> joined(State state, NamespaceSpec.Choice choice) {
        return choice.sharing() == NamespaceSpec.Sharing.JOINED
                        && Lookup.container(state, choice.of()) instanceof Lookup.Found<Container>(Container container)
                ? Optional.of(container)
                : Optional.empty();
    }

    private static String hostname(State state, Pod pod) {
        return joined(state, pod.spec().namespaces().uts())
                .map(target -> state.pod(target.pod()).hostname())
                .orElse(pod.hostname());
    }

    private static Pod pod(State state, Operation operation) {
        return state.pod(podId(operation));
    }

    private static PodId podId(Operation operation) {
        return operation.pod().orElseThrow();
    }

    private static ContainerId id(PlannedStep planned) {
        return planned.container().orElseThrow();
    }

    private static Container container(State state, PlannedStep planned) {
        return state.container(id(planned));
    }
}

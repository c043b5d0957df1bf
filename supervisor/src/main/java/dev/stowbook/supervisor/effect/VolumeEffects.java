package dev.stowbook.supervisor.effect;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodVolume;
import dev.stowbook.supervisor.model.StepKind;
import dev.stowbook.supervisor.model.StepRef;
import dev.stowbook.supervisor.state.BoundVolumes;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Operation;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.state.Volume;
import java.util.List;

/** The effects of steps about volumes. A pod's step is named after the volume's key, {@code volume:data}; an operation of its own has it as target. */
final class VolumeEffects {
    private VolumeEffects() {}

    static Effect.StepEffect of(State state, Operation operation, PlannedStep planned, StepRef step) {
        if (operation.pod().isEmpty()) {
            Volume volume = state.storage().volume(operation.target());
            return planned.kind() == StepKind.CREATE_VOLUME
                    ? create(operation, volume, step)
                    : new Effect.RemoveVolume(step, operation.pod(), volume.name(), volume.driver());
        }
        BoundVolumes bound = state.storage().of(operation.pod().get());
        PodVolume each = bound.volume(planned.subject());
        if (each.hostPath().isPresent()) {
            return new Effect.FindHostPath(step, operation.pod().get(), each.key(), each.hostPath().get());
        }
        return ofPod(state, operation, planned, step, bound, state.storage().volume(each.volume().orElseThrow()));
    }

    private static Effect.StepEffect ofPod(
            State state, Operation operation, PlannedStep planned, StepRef step, BoundVolumes bound, Volume volume) {
        var pod = operation.pod().orElseThrow();
        String key = planned.subject();
        return switch (planned.kind()) {
            case CREATE_VOLUME -> create(operation, volume, step);
            case MOUNT_VOLUME -> new Effect.MountVolume(step, pod, key, volume.name(), volume.driver());
            case UNMOUNT_VOLUME -> new Effect.UnmountVolume(step, pod, key, volume.name(), volume.driver());
            case REMOVE_VOLUME -> new Effect.RemoveVolume(step, operation.pod(), volume.name(), volume.driver());
            case FILL_VOLUME -> {
                ContainerId id = planned.container().orElseThrow();
                yield new Effect.FillVolume(
                        step, pod, id, volume.name(), bound.sources().get(key),
                        state.container(id).definition().parentLayerId(), bound.whole(id, key).path());
            }
            case CREATE_SANDBOX, CREATE_POD_CGROUP, JOIN_ENDPOINT, ROUTE_ENDPOINT, PUBLISH_PORTS, PREPARE_ROOTFS, CREATE_CGROUP, UPDATE_CGROUP, START_PROCESS, SIGNAL,
                    FREEZE, THAW, KILL, LEAVE_ENDPOINT, DESTROY_CGROUP, DESTROY_POD_CGROUP, REMOVE_SANDBOX, REMOVE_ROOTFS, REMOVE_FILES,
                    START_EXEC, REMOVE_IMAGE, BUILD_IMAGE ->
                throw new IllegalStateException("not about a volume: " + planned);
        };
    }

    private static Effect.CreateVolume create(Operation operation, Volume volume, StepRef step) {
        return new Effect.CreateVolume(
                step, operation.pod(), volume.name(), volume.driver(), volume.options(), volume.sizeLimitBytes());
    }

    /** What a container mounts; every volume of its pod has been found by then. */
    static List<Effect.Mount> mounts(State state, Container container) {
        BoundVolumes bound = state.storage().of(container.pod());
        return bound.of(container.id()).stream()
                .map(mount -> new Effect.Mount(bound.sources().get(mount.volume()), mount))
                .toList();
    }
}

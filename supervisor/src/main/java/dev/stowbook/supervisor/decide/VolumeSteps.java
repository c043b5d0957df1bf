package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.MountSpec;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodVolume;
import dev.stowbook.supervisor.model.StepKind;
import dev.stowbook.supervisor.state.BoundVolumes;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.state.Volume;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The steps about volumes: {@code volume:data} makes one usable or ends its use, {@code fill:data} copies into it. */
final class VolumeSteps {
    private VolumeSteps() {}

    /** The steps before a pod's processes, and which of them each container waits for. */
    record Start(List<PlannedStep> steps, Map<ContainerId, List<String>> before) {}

    static Start startPod(State state, Pod pod) {
        BoundVolumes bound = state.storage().of(pod.id());
        List<PlannedStep> steps = new ArrayList<>();
        Map<String, String> last = new HashMap<>();
        for (PodVolume each : bound.volumes()) {
            last.put(each.key(), start(state, pod, bound, each, steps));
        }
        Map<ContainerId, List<String>> before = new HashMap<>();
        for (ContainerId id : pod.containers()) {
            before.put(id, bound.of(id).stream().map(mount -> last.get(mount.volume())).distinct().sorted().toList());
        }
        return new Start(steps, before);
    }

    /** Answers the name of the last step of that volume. */
    private static String start(State state, Pod pod, BoundVolumes bound, PodVolume each, List<PlannedStep> steps) {
        String mount = "volume:" + each.key();
        Optional<Volume> volume = each.volume().map(state.storage()::volume);
        List<String> after = List.of();
        if (volume.isPresent() && volume.get().phase() == Volume.Phase.CREATING) {
            steps.add(step("create:" + each.key(), StepKind.CREATE_VOLUME, Optional.empty(), List.of()));
            after = List.of("create:" + each.key());
        }
        steps.add(step(mount, StepKind.MOUNT_VOLUME, Optional.empty(), after));
        Optional<ContainerId> filler = pod.containers().stream()
                .filter(id -> bound.of(id).stream().anyMatch(m -> m.volume().equals(each.key()) && m.subPath().isEmpty()))
                .findFirst();
        if (!each.copy() || volume.isEmpty() || volume.get().filled() || filler.isEmpty()) {
            return mount;
        }
        String fill = "fill:" + each.key();
        steps.add(step(fill, StepKind.FILL_VOLUME, filler, List.of(mount)));
        return fill;
    }

    /** Ends the pod's use of volumes; paths of the host have no end. */
    static List<PlannedStep> stopPod(State state, Pod pod, List<String> after) {
        return state.storage().of(pod.id()).volumes().stream()
                .filter(each -> each.volume().isPresent())
                .map(each -> step("volume:" + each.key(), StepKind.UNMOUNT_VOLUME, Optional.empty(), after))
                .toList();
    }

    /** What is the pod's own goes with it. */
    static List<PlannedStep> removePod(State state, Pod pod) {
        return state.storage().of(pod.id()).volumes().stream()
                .filter(each -> each.owned() && each.volume().map(state.storage().volumes()::containsKey).orElse(false))
                .map(each -> step("volume:" + each.key(), StepKind.REMOVE_VOLUME, Optional.empty(), List.of()))
                .toList();
    }

    static List<PlannedStep> create() {
        return List.of(step("volume", StepKind.CREATE_VOLUME, Optional.empty(), List.of()));
    }

    static List<PlannedStep> remove() {
        return List.of(step("volume", StepKind.REMOVE_VOLUME, Optional.empty(), List.of()));
    }

    private static PlannedStep step(String name, StepKind kind, Optional<ContainerId> container, List<String> after) {
        return new PlannedStep(name, kind, container, after);
    }
}

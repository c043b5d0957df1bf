package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.event.VolumeEvent;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodVolume;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.pcollections.TreePMap;

/** What events of volumes do to state. */
final class EvolveVolume {
    private EvolveVolume() {}

    static State apply(State state, VolumeEvent event, long sequence, Instant time) {
        Storage storage = state.storage();
        return switch (event) {
            case VolumeEvent.VolumeCreated e -> begin(
                    state.withStorage(storage.with(new Volume(
                            e.volume(), e.driver(), e.options(), e.sizeLimitBytes(), e.labels(), e.owner(), time,
                            Volume.Phase.CREATING, false, Optional.empty(), TreePMap.empty()))),
                    sequence, Operation.Kind.CREATE_VOLUME, e.volume(), e.steps());
            case VolumeEvent.VolumesBound e -> state.withStorage(bound(storage, e));
            case VolumeEvent.VolumeRemoving e -> begin(
                    state.withStorage(storage.with(storage.volume(e.volume()).withPhase(Volume.Phase.REMOVING))),
                    sequence, Operation.Kind.REMOVE_VOLUME, e.volume(), e.steps());
        };
    }

    private static State begin(State state, long sequence, Operation.Kind kind, String volume, List<PlannedStep> steps) {
        return steps.isEmpty()
                ? state
                : state.withOperations(state.operations()
                        .plus(sequence, Operation.begin(sequence, kind, Optional.empty(), volume, steps)));
    }

    private static Storage bound(Storage storage, VolumeEvent.VolumesBound e) {
        Storage next = storage.bind(e.pod(), new BoundVolumes(e.volumes(), e.mounts(), TreePMap.empty()));
        for (PodVolume each : e.volumes()) {
            if (each.volume().isPresent()) {
                Volume volume = next.volume(each.volume().get());
                next = next.with(volume.withPods(volume.pods().plus(e.pod(), each.key())));
            }
        }
        return next;
    }

    /** One that is going already does not come back. */
    static Storage prepared(Storage storage, String name) {
        Volume volume = storage.volumes().get(name);
        return volume == null || volume.phase() != Volume.Phase.CREATING ? storage : storage.with(volume.withPhase(Volume.Phase.READY));
    }

    /** What nobody claims is forgotten; a pod that does tries again when it starts. */
    static Storage preparationFailed(Storage storage, String name) {
        Volume volume = storage.volumes().get(name);
        return volume == null || volume.phase() != Volume.Phase.CREATING || !volume.pods().isEmpty() ? storage : storage.without(name);
    }

    static Storage mounted(Storage storage, StepEvent.VolumeMounted e) {
        BoundVolumes bound = storage.of(e.pod());
        Storage next = storage.bind(e.pod(), bound.withSources(bound.sources().plus(e.key(), e.source())));
        Volume volume = e.volume().map(next.volumes()::get).orElse(null);
        return volume == null ? next : next.with(volume.withSource(e.source().path()));
    }

    static Storage filled(Storage storage, String name) {
        Volume volume = storage.volumes().get(name);
        return volume == null ? storage : storage.with(volume.filledNow());
    }

    static Storage unmounted(Storage storage, StepEvent.VolumeUnmounted e) {
        BoundVolumes bound = storage.of(e.pod());
        return storage.bind(e.pod(), bound.withSources(bound.sources().minus(e.key())));
    }

    /** It can be tried again; whoever uses it before that gets it made anew where it is gone. */
    static Storage removalFailed(Storage storage, String name) {
        Volume volume = storage.volumes().get(name);
        return volume == null ? storage : storage.with(volume.withPhase(Volume.Phase.CREATING));
    }
}

package dev.stowbook.supervisor.event;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.MountSpec;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PodVolume;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;

/** What happens to volumes, beside the outcomes of steps. */
public sealed interface VolumeEvent extends Event {

    /**
     * A volume is to exist. Without steps it is made when the pod that wants it starts.
     *
     * @param owner the pod that it goes with; empty for one that stays until it is removed
     */
    record VolumeCreated(
            String volume,
            String driver,
            SortedMap<String, String> options,
            OptionalLong sizeLimitBytes,
            SortedMap<String, String> labels,
            Optional<PodId> owner,
            List<PlannedStep> steps)
            implements VolumeEvent {}

    /** What a pod's containers mount. */
    record VolumesBound(PodId pod, List<PodVolume> volumes, SortedMap<ContainerId, List<MountSpec>> mounts)
            implements VolumeEvent {}

    /** Intent: a volume is to go, with all that is in it. */
    record VolumeRemoving(String volume, List<PlannedStep> steps) implements VolumeEvent {}
}

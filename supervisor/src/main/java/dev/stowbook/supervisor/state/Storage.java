package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PodVolume;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * Volumes, and who mounts them.
 *
 * @param volumes by name
 * @param bound by pod, of those that mount anything
 */
public record Storage(PSortedMap<String, Volume> volumes, PSortedMap<PodId, BoundVolumes> bound) {

    /** No volume. */
    public static Storage empty() {
        return new Storage(TreePMap.empty(), TreePMap.empty());
    }

    /** What a pod's containers mount. */
    public BoundVolumes of(PodId pod) {
        return bound.getOrDefault(pod, BoundVolumes.none());
    }

    /** The volume of that name, which must exist. */
    public Volume volume(String name) {
        Volume volume = volumes.get(name);
        if (volume == null) {
            throw new IllegalStateException("no volume " + name);
        }
        return volume;
    }

    Storage with(Volume volume) {
        return new Storage(volumes.plus(volume.name(), volume), bound);
    }

    Storage without(String volume) {
        return new Storage(volumes.minus(volume), bound);
    }

    Storage bind(PodId pod, BoundVolumes to) {
        return new Storage(volumes, bound.plus(pod, to));
    }

    /** A pod is gone: its claims end. */
    Storage release(PodId pod) {
        Storage next = this;
        for (PodVolume each : of(pod).volumes()) {
            Volume volume = each.volume().map(volumes::get).orElse(null);
            if (volume != null) {
                next = next.with(volume.withPods(volume.pods().minus(pod)));
            }
        }
        return new Storage(next.volumes, next.bound.minus(pod));
    }

    /** A pod is stopped: where its volumes were is no longer true. */
    Storage stopped(PodId pod) {
        return bound.containsKey(pod) ? bind(pod, of(pod).withSources(TreePMap.empty())) : this;
    }
}

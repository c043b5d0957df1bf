package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.MountSource;
import dev.stowbook.supervisor.model.MountSpec;
import dev.stowbook.supervisor.model.PodVolume;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * What a pod's containers mount.
 *
 * @param volumes in the order in which their steps are taken
 * @param mounts each container's
 * @param sources where each volume is on the host, by its key, while the pod uses it
 */
public record BoundVolumes(
        List<PodVolume> volumes, SortedMap<ContainerId, List<MountSpec>> mounts, PSortedMap<String, MountSource> sources) {

    /** Of a pod that mounts nothing. */
    public static BoundVolumes none() {
        return new BoundVolumes(List.of(), new TreeMap<>(), TreePMap.empty());
    }

    /** The volume that the pod calls so. */
    public PodVolume volume(String key) {
        return volumes.stream().filter(volume -> volume.key().equals(key)).findFirst()
                .orElseThrow(() -> new IllegalStateException("no volume " + key));
    }

    /** What a container mounts. */
    public List<MountSpec> of(ContainerId container) {
        return mounts.getOrDefault(container, List.of());
    }

    /** Where a container has all of a volume. */
    public MountSpec whole(ContainerId container, String key) {
        return of(container).stream()
                .filter(mount -> mount.volume().equals(key) && mount.subPath().isEmpty())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("container " + container + " has not all of volume " + key));
    }

    BoundVolumes withSources(PSortedMap<String, MountSource> value) {
        return new BoundVolumes(volumes, mounts, value);
    }
}

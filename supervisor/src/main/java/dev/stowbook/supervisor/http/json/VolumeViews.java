package dev.stowbook.supervisor.http.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.model.MountSource;
import dev.stowbook.supervisor.model.MountSpec;
import dev.stowbook.supervisor.model.PodVolume;
import dev.stowbook.supervisor.state.BoundVolumes;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.state.Volume;
import java.util.Locale;

/** Volumes as the API shows them. Pure. */
public final class VolumeViews {
    private VolumeViews() {}

    /** All volumes, by name. */
    public static ArrayNode volumes(State state) {
        ArrayNode array = Json.array();
        state.storage().volumes().values().forEach(volume -> array.add(volume(state, volume)));
        return array;
    }

    /** A volume. */
    public static ObjectNode volume(State state, Volume volume) {
        ObjectNode json = Json.object()
                .put("name", volume.name())
                .put("driver", volume.driver())
                .put("state", volume.phase().name().toLowerCase(Locale.ROOT));
        json.set("options", Views.map(volume.options()));
        volume.sizeLimitBytes().ifPresent(bytes -> json.put("sizeLimitBytes", bytes));
        json.set("labels", Views.map(volume.labels()));
        json.put("createdAt", volume.createdAt().toString()).put("anonymous", volume.owner().isPresent());
        volume.source().ifPresent(path -> json.put("path", path));
        ArrayNode pods = json.putArray("pods");
        volume.pods().keySet().forEach(pod -> pods.add(state.pod(pod).spec().name()));
        return json;
    }

    /** What a pod's containers can mount: {@code path} is where it is on the host, while the pod uses it. */
    static ArrayNode ofPod(State state, Pod pod) {
        BoundVolumes bound = state.storage().of(pod.id());
        ArrayNode array = Json.array();
        for (PodVolume each : bound.volumes()) {
            ObjectNode json = array.addObject().put("name", each.key());
            each.volume().ifPresent(volume -> json.put("volume", volume));
            each.hostPath().ifPresent(path -> json.put("hostPath", path.path()));
            MountSource source = bound.sources().get(each.key());
            if (source != null) {
                json.put("path", source.path());
            }
            json.put("mounted", source != null);
        }
        return array;
    }

    /** What a container mounts, and where. */
    static ArrayNode ofContainer(State state, Container container) {
        ArrayNode array = Json.array();
        for (MountSpec mount : state.storage().of(container.pod()).of(container.id())) {
            ObjectNode json = array.addObject().put("name", mount.volume()).put("mountPath", mount.path());
            if (!mount.subPath().isEmpty()) {
                json.put("subPath", mount.subPath());
            }
            json.put("readOnly", mount.readOnly());
        }
        return array;
    }
}

package dev.stowbook.supervisor.http.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
}

package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads the event stream to its end. */
final class Events {
    private Events() {}

    static List<JsonNode> all(Api api, long from) throws IOException {
        try (UnixHttp.Stream stream = api.http.open("/v1/events?from=" + from)) {
            List<JsonNode> events = new ArrayList<>();
            for (JsonNode event = stream.jsonLine(); event != null; event = stream.jsonLine()) {
                events.add(event);
            }
            return events;
        }
    }

    static JsonNode first(Api api, long from) throws IOException {
        return all(api, from).getFirst();
    }

    static List<JsonNode> of(Api api, String type) throws IOException {
        return all(api, 1).stream()
                .filter(event -> event.path("type").asText().equals("dev.stowbook." + type + ".v1"))
                .toList();
    }
}

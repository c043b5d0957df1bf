package dev.stowbook.supervisor.credentials;

import dev.stowbook.supervisor.json.PlainJson;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Fields of an object in JSON, which others write, too: what is not of the expected kind is as if it were not there. */
final class Fields {
    private Fields() {}

    /** Parses an object. @throws IOException if it is none; its message may quote what it read */
    @SuppressWarnings("unchecked")
    static Map<String, @Nullable Object> object(byte[] utf8) throws IOException {
        if (!(PlainJson.parse(utf8) instanceof Map<?, ?> map)) {
            throw new IOException("no object");
        }
        return (Map<String, @Nullable Object>) map;
    }

    /** The object below a name; an empty one if there is none. */
    @SuppressWarnings("unchecked")
    static Map<String, @Nullable Object> below(Map<String, @Nullable Object> object, String name) {
        return object.get(name) instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
    }

    /** The object below a name, made if there is none. */
    @SuppressWarnings("unchecked")
    static Map<String, @Nullable Object> made(Map<String, @Nullable Object> object, String name) {
        if (!(object.get(name) instanceof Map)) {
            object.put(name, new LinkedHashMap<String, @Nullable Object>());
        }
        return (Map<String, @Nullable Object>) Objects.requireNonNull(object.get(name));
    }

    static String text(Map<String, @Nullable Object> object, String name) {
        return object.get(name) instanceof String text ? text : "";
    }
}

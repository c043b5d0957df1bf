package dev.stowbook.supervisor.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An object of an answer. What is absent reads as empty, since the API leaves fields without value out.
 *
 * @param map its fields in their order
 */
record JsonObject(Map<?, ?> map) {
    static JsonObject of(@Nullable Object value) {
        return new JsonObject(value instanceof Map<?, ?> map ? map : Map.of());
    }

    static List<JsonObject> list(@Nullable Object value) {
        List<JsonObject> objects = new ArrayList<>();
        if (value instanceof List<?> list) {
            for (Object item : list) {
                objects.add(of(item));
            }
        }
        return objects;
    }

    boolean has(String name) {
        return map.get(name) != null;
    }

    String text(String name) {
        Object value = map.get(name);
        return value == null ? "" : value.toString();
    }

    long number(String name, long otherwise) {
        return map.get(name) instanceof Number number ? number.longValue() : otherwise;
    }

    boolean truth(String name) {
        return Boolean.TRUE.equals(map.get(name));
    }

    JsonObject object(String name) {
        return of(map.get(name));
    }

    List<JsonObject> objects(String name) {
        return list(map.get(name));
    }

    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        if (map.get(name) instanceof List<?> list) {
            for (Object item : list) {
                texts.add(String.valueOf(item));
            }
        }
        return texts;
    }
}

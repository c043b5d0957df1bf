package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.supervisor.http.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** A request's body: a JSON object whose fields are known, each of the type it should be. */
final class JsonBody {
    private final JsonNode json;

    private JsonBody(JsonNode json) {
        this.json = json;
    }

    /** Reads it strictly. An empty body is an empty object. */
    static JsonBody read(byte[] body, Set<String> fields) {
        if (body.length == 0) {
            return new JsonBody(Json.object());
        }
        try {
            return of(Json.read(body), fields);
        } catch (IllegalArgumentException e) {
            throw ApiProblem.invalid(e.getMessage());
        }
    }

    private static JsonBody of(JsonNode json, Set<String> fields) {
        if (!json.isObject()) {
            throw ApiProblem.invalid("the body must be a JSON object with the fields " + new TreeSet<>(fields));
        }
        json.fieldNames().forEachRemaining(name -> {
            if (!fields.contains(name)) {
                throw ApiProblem.invalid("unknown field " + name + "; known are " + new TreeSet<>(fields));
            }
        });
        return new JsonBody(json);
    }

    String required(String name) {
        return text(name).orElseThrow(() -> ApiProblem.invalid("the field " + name + " is missing"));
    }

    Optional<String> text(String name) {
        JsonNode value = json.path(name);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isTextual() || value.textValue().isEmpty()) {
            throw ApiProblem.invalid("the field " + name + " must be a string that is not empty");
        }
        return Optional.of(value.textValue());
    }

    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        for (JsonNode each : array(name)) {
            if (!each.isTextual()) {
                throw ApiProblem.invalid("the field " + name + " must be an array of strings");
            }
            texts.add(each.textValue());
        }
        return texts;
    }

    List<JsonBody> objects(String name, Set<String> fields) {
        List<JsonBody> objects = new ArrayList<>();
        array(name).forEach(each -> objects.add(of(each, fields)));
        return objects;
    }

    Optional<JsonBody> object(String name, Set<String> fields) {
        JsonNode value = json.path(name);
        return value.isMissingNode() ? Optional.empty() : Optional.of(of(value, fields));
    }

    private JsonNode array(String name) {
        JsonNode value = json.path(name);
        if (!value.isMissingNode() && !value.isArray()) {
            throw ApiProblem.invalid("the field " + name + " must be an array");
        }
        return value;
    }

    boolean flag(String name) {
        return flag(name, false);
    }

    boolean flag(String name, boolean otherwise) {
        JsonNode value = json.path(name);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw ApiProblem.invalid("the field " + name + " must be true or false");
        }
        return value.asBoolean(otherwise);
    }

    OptionalInt number(String name) {
        JsonNode value = json.path(name);
        if (value.isMissingNode()) {
            return OptionalInt.empty();
        }
        if (!value.canConvertToInt() || !value.isIntegralNumber()) {
            throw ApiProblem.invalid("the field " + name + " must be a whole number");
        }
        return OptionalInt.of(value.intValue());
    }

    SortedMap<String, String> map(String name) {
        JsonNode value = json.path(name);
        TreeMap<String, String> map = new TreeMap<>();
        if (!value.isMissingNode() && !value.isObject()) {
            throw ApiProblem.invalid("the field " + name + " must be an object of strings");
        }
        value.properties().forEach(entry -> {
            if (!entry.getValue().isTextual()) {
                throw ApiProblem.invalid("the field " + name + " must be an object of strings");
            }
            map.put(entry.getKey(), entry.getValue().textValue());
        });
        return map;
    }
}

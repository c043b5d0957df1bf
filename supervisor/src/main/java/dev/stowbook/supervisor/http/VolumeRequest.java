package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.supervisor.command.VolumeCommand;
import dev.stowbook.supervisor.http.json.Json;
import java.util.Collections;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** The body of {@code POST /v1/volumes}, strictly read. */
final class VolumeRequest {
    private static final Set<String> FIELDS = Set.of("name", "driver", "options", "sizeLimitBytes", "labels");

    private VolumeRequest() {}

    static VolumeCommand.CreateVolume read(byte[] body) {
        JsonNode json = object(body);
        json.fieldNames().forEachRemaining(name -> {
            if (!FIELDS.contains(name)) {
                throw ApiProblem.invalid("unknown field " + name + "; known are " + new TreeSet<>(FIELDS));
            }
        });
        return new VolumeCommand.CreateVolume(
                text(json, "name"),
                text(json, "driver").orElse("local"),
                texts(json, "options"),
                number(json, "sizeLimitBytes"),
                texts(json, "labels"));
    }

    private static JsonNode object(byte[] body) {
        if (body.length == 0) {
            return Json.object();
        }
        try {
            JsonNode json = Json.read(body);
            if (json.isObject()) {
                return json;
            }
        } catch (IllegalArgumentException e) {
            throw ApiProblem.invalid(e.getMessage());
        }
        throw ApiProblem.invalid("the body must be a JSON object");
    }

    private static Optional<String> text(JsonNode json, String name) {
        JsonNode value = json.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual() || value.textValue().isEmpty()) {
            throw ApiProblem.invalid("the field " + name + " must be a string that is not empty");
        }
        return Optional.of(value.textValue());
    }

    private static SortedMap<String, String> texts(JsonNode json, String name) {
        SortedMap<String, String> texts = new TreeMap<>();
        JsonNode value = json.path(name);
        if (!value.isMissingNode() && !value.isNull() && !value.isObject()) {
            throw ApiProblem.invalid("the field " + name + " must be an object with strings for values");
        }
        value.properties().forEach(each -> {
            if (!each.getValue().isTextual()) {
                throw ApiProblem.invalid("the field " + name + "." + each.getKey() + " must be a string");
            }
            texts.put(each.getKey(), each.getValue().textValue());
        });
        return Collections.unmodifiableSortedMap(texts);
    }

    private static OptionalLong number(JsonNode json, String name) {
        JsonNode value = json.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return OptionalLong.empty();
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 4096) {
            throw ApiProblem.invalid("the field " + name + " must be a whole number, at least 4096");
        }
        return OptionalLong.of(value.longValue());
    }
}

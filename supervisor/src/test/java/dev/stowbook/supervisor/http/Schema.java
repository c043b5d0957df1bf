package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Checks JSON against the part of JSON Schema that our description uses; a keyword beyond that is an error. */
final class Schema {
    private static final Set<String> KEYWORDS = Set.of(
            "$ref", "oneOf", "type", "properties", "required", "additionalProperties", "items", "enum", "const", "pattern", "minimum",
            "description", "format");

    private final JsonNode document;

    Schema(JsonNode document) {
        this.document = document;
    }

    /** What is wrong; nothing if it fits. */
    List<String> problems(JsonNode schema, JsonNode value) {
        List<String> problems = new ArrayList<>();
        check(schema, value, "$", problems);
        return problems;
    }

    private void check(JsonNode schema, JsonNode value, String path, List<String> problems) {
        schema.fieldNames().forEachRemaining(keyword -> {
            if (!KEYWORDS.contains(keyword)) {
                problems.add(path + ": the schema uses " + keyword + ", which is not checked");
            }
        });
        if (schema.has("$ref")) {
            JsonNode target = document.at(schema.path("$ref").asText().substring(1));
            if (target.isMissingNode()) {
                problems.add(path + ": there is no " + schema.path("$ref").asText());
            } else {
                check(target, value, path, problems);
            }
        }
        if (schema.has("oneOf")) {
            oneOf(schema.path("oneOf"), value, path, problems);
        }
        if (schema.has("const") && !schema.path("const").equals(value)) {
            problems.add(path + ": not " + schema.path("const") + " but " + value);
        }
        if (schema.has("type") && !is(schema.path("type").asText(), value)) {
            problems.add(path + ": not " + schema.path("type").asText() + " but " + value);
            return;
        }
        text(schema, value, path, problems);
        if (schema.has("minimum") && value.asDouble() < schema.path("minimum").asDouble()) {
            problems.add(path + ": " + value + " is less than " + schema.path("minimum"));
        }
        object(schema, value, path, problems);
        if (schema.has("items")) {
            for (int i = 0; i < value.size(); i++) {
                check(schema.path("items"), value.get(i), path + "[" + i + "]", problems);
            }
        }
    }

    private void oneOf(JsonNode choices, JsonNode value, String path, List<String> problems) {
        List<String> all = new ArrayList<>();
        int fits = 0;
        for (JsonNode choice : choices) {
            List<String> wrong = new ArrayList<>();
            check(choice, value, path, wrong);
            fits += wrong.isEmpty() ? 1 : 0;
            all.addAll(wrong);
        }
        if (fits != 1) {
            problems.add(path + ": fits " + fits + " of " + choices.size() + " choices: " + all);
        }
    }

    private static void text(JsonNode schema, JsonNode value, String path, List<String> problems) {
        if (schema.has("pattern") && !value.asText().matches(schema.path("pattern").asText())) {
            problems.add(path + ": " + value + " does not match " + schema.path("pattern"));
        }
        if (schema.has("enum")) {
            boolean known = false;
            for (JsonNode each : schema.path("enum")) {
                known |= each.equals(value);
            }
            if (!known) {
                problems.add(path + ": " + value + " is not one of " + schema.path("enum"));
            }
        }
    }

    private void object(JsonNode schema, JsonNode value, String path, List<String> problems) {
        if (!value.isObject()) {
            return;
        }
        schema.path("required").forEach(name -> {
            if (!value.has(name.asText())) {
                problems.add(path + ": " + name + " is missing");
            }
        });
        value.fieldNames().forEachRemaining(name -> {
            JsonNode known = schema.path("properties").path(name);
            JsonNode others = schema.path("additionalProperties");
            if (!known.isMissingNode()) {
                check(known, value.path(name), path + "." + name, problems);
            } else if (others.isObject()) {
                check(others, value.path(name), path + "." + name, problems);
            } else if (others.isBoolean() && !others.asBoolean()) {
                problems.add(path + ": " + name + " is not described");
            }
        });
    }

    private static boolean is(String type, JsonNode value) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            default -> throw new AssertionError("no type " + type);
        };
    }
}

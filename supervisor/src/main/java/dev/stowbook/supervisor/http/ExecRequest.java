package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.supervisor.command.ContainerCommand;
import dev.stowbook.supervisor.http.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The body that starts a process. */
final class ExecRequest {
    private static final Set<String> FIELDS =
            Set.of("command", "tty", "stdin", "attach", "env", "workingDir", "user");

    private ExecRequest() {}

    static ContainerCommand.StartExec read(String container, byte[] body) {
        JsonNode json;
        try {
            json = Json.read(body);
        } catch (IllegalArgumentException e) {
            throw ApiProblem.invalid(e.getMessage());
        }
        if (!json.isObject()) {
            throw ApiProblem.invalid("the body must be a JSON object with the field command");
        }
        json.fieldNames().forEachRemaining(name -> {
            if (!FIELDS.contains(name)) {
                throw ApiProblem.invalid("unknown field " + name + "; known are " + new TreeSet<>(FIELDS));
            }
        });
        return new ContainerCommand.StartExec(
                container,
                texts(json, "command"),
                texts(json, "env"),
                text(json, "workingDir"),
                text(json, "user"),
                flag(json, "tty"),
                flag(json, "stdin"),
                flag(json, "attach"));
    }

    private static List<String> texts(JsonNode json, String name) {
        JsonNode value = json.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        if (!value.isArray()) {
            throw ApiProblem.invalid("the field " + name + " must be an array of strings");
        }
        for (JsonNode each : value) {
            if (!each.isTextual()) {
                throw ApiProblem.invalid("the field " + name + " must be an array of strings");
            }
            texts.add(each.textValue());
        }
        return texts;
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

    private static boolean flag(JsonNode json, String name) {
        JsonNode value = json.path(name);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw ApiProblem.invalid("the field " + name + " must be true or false");
        }
        return value.asBoolean(false);
    }
}

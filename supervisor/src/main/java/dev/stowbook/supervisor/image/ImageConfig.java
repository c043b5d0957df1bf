package dev.stowbook.supervisor.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.supervisor.model.ImageRun;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An image's configuration (OCI image-spec, config.md). Its bytes are kept exactly as they came, since their digest is the image's id; this is
 * what they say.
 *
 * @param architecture as Go names it: {@code amd64}
 * @param os as Go names it: {@code linux}
 * @param created when the image was made; the epoch if it does not say
 * @param run how to start it
 * @param diffIds its layers, base first
 * @param historyEntries how many steps its history tells of
 */
public record ImageConfig(
        String architecture, String os, Instant created, ImageRun run, List<Digest> diffIds, int historyEntries) {
    private static final int MAX_LAYERS = 500;

    public ImageConfig {
        diffIds = List.copyOf(diffIds);
    }

    /** Parses a configuration. @throws ImageException with a sentence that names the field */
    public static ImageConfig parse(byte[] bytes) throws ImageException {
        JsonNode root = Json.object(bytes, "the image's configuration");
        JsonNode rootfs = root.path("rootfs");
        if (!rootfs.path("type").asText("").equals("layers")) {
            throw ImageException.invalid("the image's configuration has a rootfs.type other than \"layers\"");
        }
        List<Digest> diffIds = new ArrayList<>();
        for (String text : strings(rootfs, "diff_ids", "rootfs.diff_ids")) {
            try {
                diffIds.add(Digest.parse(text));
            } catch (IllegalArgumentException e) {
                throw ImageException.invalid("the image's configuration: rootfs.diff_ids: " + e.getMessage());
            }
        }
        if (diffIds.size() > MAX_LAYERS) {
            throw ImageException.invalid(
                    "the image has " + diffIds.size() + " layers, more than the " + MAX_LAYERS + " that can be mounted; squash it");
        }
        return new ImageConfig(
                text(root, "architecture", "architecture").orElse(""),
                text(root, "os", "os").orElse(""),
                created(root),
                run(root.path("config")),
                diffIds,
                root.path("history").size());
    }

    private static Instant created(JsonNode root) throws ImageException {
        Optional<String> text = text(root, "created", "created");
        try {
            return text.map(t -> OffsetDateTime.parse(t).toInstant()).orElse(Instant.EPOCH);
        } catch (DateTimeException e) {
            throw ImageException.invalid(
                    "the image's configuration: created: \"" + text.orElse("") + "\" is no time as RFC 3339 writes it");
        }
    }

    private static ImageRun run(JsonNode config) throws ImageException {
        TreeMap<String, String> labels = new TreeMap<>();
        for (String name : names(config, "Labels", "config.Labels")) {
            labels.put(name, config.path("Labels").path(name).asText());
        }
        return new ImageRun(
                strings(config, "Env", "config.Env"),
                command(config, "Entrypoint"),
                command(config, "Cmd"),
                nonEmpty(config, "WorkingDir"),
                nonEmpty(config, "User"),
                nonEmpty(config, "StopSignal"),
                names(config, "ExposedPorts", "config.ExposedPorts"),
                names(config, "Volumes", "config.Volumes"),
                labels);
    }

    /** Very old images have a command as one string. */
    private static List<String> command(JsonNode config, String field) throws ImageException {
        return config.path(field).isTextual()
                ? List.of(config.path(field).asText())
                : strings(config, field, "config." + field);
    }

    private static Optional<String> nonEmpty(JsonNode config, String field) throws ImageException {
        return text(config, field, "config." + field).filter(text -> !text.isEmpty());
    }

    private static Optional<String> text(JsonNode node, String field, String path) throws ImageException {
        JsonNode value = node.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw ImageException.invalid("the image's configuration: " + path + " must be a string");
        }
        return Optional.of(value.asText());
    }

    private static List<String> strings(JsonNode node, String field, String path) throws ImageException {
        JsonNode value = node.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return List.of();
        }
        List<String> strings = new ArrayList<>();
        if (!value.isArray()) {
            throw ImageException.invalid("the image's configuration: " + path + " must be a list of strings");
        }
        for (JsonNode element : value) {
            if (!element.isTextual()) {
                throw ImageException.invalid("the image's configuration: " + path + " must be a list of strings");
            }
            strings.add(element.asText());
        }
        return strings;
    }

    private static List<String> names(JsonNode node, String field, String path) throws ImageException {
        JsonNode value = node.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return List.of();
        }
        if (!value.isObject()) {
            throw ImageException.invalid("the image's configuration: " + path + " must be an object");
        }
        List<String> names = new ArrayList<>();
        value.fieldNames().forEachRemaining(names::add);
        names.sort(null);
        return names;
    }
}

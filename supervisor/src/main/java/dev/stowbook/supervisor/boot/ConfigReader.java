package dev.stowbook.supervisor.boot;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Takes values out of a configuration file strictly: an unknown key, a wrong type or a value out of range is an error that names it. */
final class ConfigReader {
    private static final String EXAMPLES = "write it as 0.5s, 30s, 5m or 1h";

    private final Path file;
    /** Names the part that is read, with a dot behind it; empty for the whole. */
    private final String prefix;
    private final JsonNode top;

    private ConfigReader(Path file, String prefix, JsonNode top) {
        this.file = file;
        this.prefix = prefix;
        this.top = top;
    }

    /** Reads one entry of a section whose names are free; they may have dots in them. */
    ConfigReader entry(String section, String name) {
        return new ConfigReader(file, prefix + section + "." + name + ".", at(section).path(name));
    }

    /**
     * Reads a file.
     *
     * @param keys every key that may be set, with its sections: {@code book.reserveBytes}; a last {@code *} is any name
     * @throws BootException naming file, line or key
     */
    static ConfigReader read(Path file, Set<String> keys) throws BootException {
        try {
            JsonNode top = YAMLMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build()
                    .readTree(Files.readString(file));
            ConfigReader reader = new ConfigReader(file, "", top);
            reader.check(top, "", "", keys);
            return reader;
        } catch (JsonProcessingException e) {
            String where = e.getLocation() == null ? "" : " line " + e.getLocation().getLineNr() + " column " + e.getLocation().getColumnNr();
            throw new BootException(file + where + ": this is no YAML: " + e.getOriginalMessage().lines().findFirst().orElse("") + ".", e);
        } catch (IOException e) {
            throw new BootException("the configuration " + Failures.sentence(e) + "; name a file that can be read after --config.", e);
        }
    }

    /** {@code path} is that of the keys, {@code written} that of the file: they differ where any name may stand. */
    private void check(JsonNode node, String path, String written, Set<String> keys) throws BootException {
        if (keys.contains(path) || node.isMissingNode() || node.isNull()) {
            return;
        }
        if (!node.isObject()) {
            throw new BootException(file + ": " + (path.isEmpty() ? "the file" : written) + " must be a mapping of " + known(path, keys) + ".");
        }
        for (var entry : node.properties()) {
            String prefix = path.isEmpty() ? "" : path + ".";
            String child = keys.stream().anyMatch(key -> key.startsWith(prefix + "*")) ? prefix + "*" : prefix + entry.getKey();
            String name = path.isEmpty() ? entry.getKey() : written + "." + entry.getKey();
            if (keys.stream().noneMatch(key -> key.equals(child) || key.startsWith(child + "."))) {
                throw new BootException(file + ": unknown key " + name + "; known are " + known(path, keys) + ".");
            }
            check(entry.getValue(), child, name, keys);
        }
    }

    private static String known(String path, Set<String> keys) {
        String prefix = path.isEmpty() ? "" : path + ".";
        return keys.stream()
                .filter(key -> key.startsWith(prefix))
                .map(key -> key.substring(prefix.length()).split("\\.")[0])
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private JsonNode at(String key) {
        JsonNode node = top;
        for (String part : key.split("\\.")) {
            node = node.path(part);
        }
        return node;
    }

    private Optional<JsonNode> scalar(String key) throws BootException {
        JsonNode node = at(key);
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        if (!node.isValueNode()) {
            throw new BootException(file + ": " + prefix + key + " must be one value.");
        }
        return Optional.of(node);
    }

    String text(String key, String otherwise) throws BootException {
        return scalar(key).map(JsonNode::asText).orElse(otherwise);
    }

    Optional<String> text(String key) throws BootException {
        return scalar(key).map(JsonNode::asText);
    }

    long number(String key, long otherwise, long least, long most) throws BootException {
        Optional<JsonNode> node = scalar(key);
        require(key, node, value -> value.isIntegralNumber() && value.canConvertToLong() && value.asLong() >= least && value.asLong() <= most,
                "a whole number from " + least + " to " + most);
        return node.map(JsonNode::asLong).orElse(otherwise);
    }

    double fraction(String key, double otherwise, double least, double most) throws BootException {
        Optional<JsonNode> node = scalar(key);
        require(key, node, value -> value.isNumber() && value.asDouble() >= least && value.asDouble() <= most, "a number from " + least + " to " + most);
        return node.map(JsonNode::asDouble).orElse(otherwise);
    }

    private void require(String key, Optional<JsonNode> node, Predicate<JsonNode> fits, String wanted) throws BootException {
        if (node.isPresent() && !fits.test(node.get())) {
            throw new BootException(file + ": " + prefix + key + ": " + node.get().asText() + " is not " + wanted + ".");
        }
    }

    Duration duration(String key, Duration otherwise) throws BootException {
        Optional<String> text = text(key);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            Duration duration = Duration.parse(text.get().startsWith("P") ? text.get() : "PT" + text.get());
            if (!duration.isNegative()) {
                return duration;
            }
        } catch (DateTimeParseException e) {
            throw new BootException(file + ": " + prefix + key + ": " + text.get() + " is no duration; " + EXAMPLES + ".", e);
        }
        throw new BootException(file + ": " + prefix + key + ": " + text.get() + " is negative; " + EXAMPLES + ".");
    }

    /** The entries of a section whose names are free. */
    Map<String, String> texts(String section) throws BootException {
        Map<String, String> texts = new TreeMap<>();
        for (var entry : at(section).properties()) {
            if (!entry.getValue().isValueNode()) {
                throw new BootException(file + ": " + prefix + section + "." + entry.getKey() + " must be one value.");
            }
            texts.put(entry.getKey(), entry.getValue().asText());
        }
        return texts;
    }

    /** The names in a section. */
    Set<String> names(String section) {
        return at(section).properties().stream().map(Map.Entry::getKey).collect(Collectors.toUnmodifiableSet());
    }

    /** A list of values; empty if there is none. */
    List<String> list(String key) throws BootException {
        JsonNode node = at(key);
        List<String> values = new ArrayList<>();
        if (node.isMissingNode() || node.isNull()) {
            return values;
        }
        for (JsonNode value : node) {
            if (!value.isValueNode() || !node.isArray()) {
                throw refuse(key, "it must be a list of values; write it as [a, b]");
            }
            values.add(value.asText());
        }
        if (values.isEmpty()) {
            throw refuse(key, "it must be a list of values; write it as [a, b]");
        }
        return values;
    }

    BootException refuse(String key, String why) {
        return new BootException(file + ": " + prefix + key + ": " + why + ".");
    }
}

package dev.stowbook.supervisor.build;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** An image's configuration while it is built (OCI image-spec, config.md; what Docker adds stands in {@code config}, too). */
final class ImageDocument {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final ObjectNode root;

    private ImageDocument(ObjectNode root) {
        this.root = root;
    }

    static ImageDocument scratch(Platform platform) {
        ObjectNode root = JSON.createObjectNode();
        root.put("architecture", platform.architecture());
        if (!platform.variant().isEmpty()) {
            root.put("variant", platform.variant());
        }
        root.putObject("config");
        root.put("created", "");
        root.putArray("history");
        root.put("os", platform.os());
        root.putObject("rootfs").put("type", "layers").putArray("diff_ids");
        return new ImageDocument(root).withPath();
    }

    static ImageDocument of(byte[] config) throws BuildException {
        try {
            if (JSON.readTree(config) instanceof ObjectNode root) {
                for (String dated : List.of("container", "container_config", "docker_version", "id", "parent")) {
                    root.remove(dated); // what Docker of old said of the step that made the image
                }
                return new ImageDocument(root).withPath();
            }
        } catch (IOException e) {
            throw new BuildException(ErrorCode.INVALID, "the base image's configuration cannot be read: " + e.getMessage(), e);
        }
        throw BuildException.invalid("the base image's configuration is no JSON object");
    }

    private ImageDocument withPath() {
        if (env("PATH").isEmpty()) {
            config().withArrayProperty("Env").add(DEFAULT_PATH);
        }
        return this;
    }

    ImageDocument copy() {
        return new ImageDocument(root.deepCopy());
    }

    private ObjectNode config() {
        return root.get("config") instanceof ObjectNode config ? config : root.putObject("config");
    }

    /** The environment, {@code NAME=value}. */
    List<String> env() {
        return strings("Env");
    }

    Optional<String> env(String name) {
        return env().stream().filter(each -> each.startsWith(name + "=")).map(each -> each.substring(name.length() + 1)).findFirst();
    }

    void setEnv(String name, String value) {
        List<String> env = new ArrayList<>(env());
        int at = 0;
        while (at < env.size() && !env.get(at).startsWith(name + "=")) {
            at++;
        }
        if (at == env.size()) {
            env.add("");
        }
        env.set(at, name + "=" + value);
        setStrings("Env", env);
    }

    List<String> strings(String field) {
        List<String> found = new ArrayList<>();
        config().path(field).forEach(each -> found.add(each.asText()));
        return found;
    }

    /** Sets a list; an empty one is no list. */
    void setStrings(String field, List<String> values) {
        if (values.isEmpty()) {
            config().remove(field);
        } else {
            ArrayNode array = config().putArray(field);
            values.forEach(array::add);
        }
    }

    String text(String field) {
        return config().path(field).asText("");
    }

    void setText(String field, String value) {
        config().put(field, value);
    }

    /** Adds members to an object, whose members are kept sorted. */
    void add(String field, String name, JsonNode value) {
        TreeMap<String, JsonNode> all = new TreeMap<>();
        config().path(field).properties().forEach(each -> all.put(each.getKey(), each.getValue()));
        all.put(name, value);
        config().putObject(field).setAll(all);
    }

    void addName(String field, String name) {
        add(field, name, JSON.createObjectNode());
    }

    void addLabel(String name, String value) {
        add("Labels", name, JSON.getNodeFactory().textNode(value));
    }

    void setHealthcheck(Instruction.Healthcheck check, List<String> test) {
        ObjectNode node = config().putObject("Healthcheck");
        ArrayNode array = node.putArray("Test");
        test.forEach(array::add);
        check.interval().ifPresent(each -> node.put("Interval", each.toNanos()));
        check.timeout().ifPresent(each -> node.put("Timeout", each.toNanos()));
        check.startPeriod().ifPresent(each -> node.put("StartPeriod", each.toNanos()));
        check.startInterval().ifPresent(each -> node.put("StartInterval", each.toNanos()));
        check.retries().ifPresent(each -> node.put("Retries", each));
    }

    void setAuthor(String author) {
        root.put("author", author);
    }

    /** All that it says about starting the image, to be compared. */
    String run() {
        return config().toString();
    }

    /** What a step made; without a layer it changed nothing of the files. */
    void addHistory(Instant created, String createdBy, Optional<Digest> layer) {
        root.put("created", created.toString());
        ObjectNode entry = root.withArrayProperty("history").addObject().put("created", created.toString()).put("created_by", createdBy);
        String author = root.path("author").asText("");
        if (!author.isEmpty()) {
            entry.put("author", author);
        }
        if (layer.isPresent()) {
            root.withObjectProperty("rootfs").withArrayProperty("diff_ids").add(layer.get().toString());
        } else {
            entry.put("empty_layer", true);
        }
    }

    byte[] bytes() {
        try {
            return JSON.writeValueAsBytes(root);
        } catch (JsonProcessingException e) {
            throw new AssertionError("a tree is always JSON", e);
        }
    }
}

package dev.stowbook.supervisor.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;

/** The configuration of an image made here. The same input gives the same bytes. */
final class GeneratedConfig {
    private GeneratedConfig() {}

    static byte[] of(Digest diffId, ImportOptions options, Platform platform, String origin) {
        ObjectNode root = Json.mapper().createObjectNode();
        String created = options.created().truncatedTo(ChronoUnit.MICROS).toString();
        root.put("architecture", platform.architecture());
        ObjectNode config = root.putObject("config");
        if (!options.command().isEmpty()) {
            options.command().forEach(config.putArray("Cmd")::add);
        }
        if (!options.env().isEmpty()) {
            options.env().forEach(config.putArray("Env")::add);
        }
        root.put("created", created);
        root.putArray("history").addObject().put("created", created).put("comment", origin);
        root.put("os", platform.os());
        ObjectNode rootfs = root.putObject("rootfs");
        rootfs.putArray("diff_ids").add(diffId.toString());
        rootfs.put("type", "layers");
        try {
            return Json.mapper().writeValueAsString(root).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new AssertionError("a tree of strings is always JSON", e);
        }
    }
}

package dev.stowbook.supervisor.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.model.ImageLock;
import dev.stowbook.supervisor.model.LockedImage;

/** Writes lock files: the same lock gives the same bytes, and one value stands on each line, so that a diff shows what changed. */
public final class LockText {
    private static final String HEAD = """
            # Written by 'stowbook image lock'. 'stowbook apply --locked' runs these images and no others.
            apiVersion: %s
            kind: %s
            """.formatted(LockTable.VERSION, LockTable.KIND);

    private LockText() {}

    /** As YAML. */
    public static String yaml(ImageLock lock) {
        StringBuilder out = new StringBuilder(HEAD);
        out.append(lock.images().isEmpty() ? "images: []\n" : "images:\n");
        for (LockedImage image : lock.images()) {
            // In quotes, since an image may be called 123.
            out.append("- image: \"").append(image.image()).append("\"\n  platform: ").append(image.platform()).append('\n');
            image.origin().ifPresent(origin -> {
                out.append("  origin:\n    repository: \"").append(origin.repository()).append("\"\n");
                origin.index().ifPresent(index -> out.append("    index: ").append(index).append('\n'));
                out.append("    manifest: ").append(origin.manifest()).append('\n');
            });
            out.append("  config: ").append(image.config()).append('\n');
            out.append(image.diffIds().isEmpty() ? "  diffIds: []\n" : "  diffIds:\n");
            image.diffIds().forEach(diffId -> out.append("  - ").append(diffId).append('\n'));
            out.append("  tree: ").append(image.tree()).append('\n');
        }
        return out.toString();
    }

    /** As JSON. */
    public static String json(ImageLock lock) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("apiVersion", LockTable.VERSION).put("kind", LockTable.KIND);
        var images = json.putArray("images");
        for (LockedImage image : lock.images()) {
            ObjectNode one = images.addObject().put("image", image.image()).put("platform", image.platform());
            image.origin().ifPresent(origin -> {
                ObjectNode from = one.putObject("origin").put("repository", origin.repository());
                origin.index().ifPresent(index -> from.put("index", index));
                from.put("manifest", origin.manifest());
            });
            one.put("config", image.config());
            var diffIds = one.putArray("diffIds");
            image.diffIds().forEach(diffIds::add);
            one.put("tree", image.tree());
        }
        try {
            DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
            DefaultIndenter lines = new DefaultIndenter("  ", "\n");
            printer.indentArraysWith(lines);
            printer.indentObjectsWith(lines);
            return new ObjectMapper().writer(printer).writeValueAsString(json) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON cannot be written", e);
        }
    }
}

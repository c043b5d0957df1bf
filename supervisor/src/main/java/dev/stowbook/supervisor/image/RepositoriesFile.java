package dev.stowbook.supervisor.image;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;

/**
 * {@code repositories.json} in Docker's shape: {@code {"Repositories":{"nginx":{"nginx:latest":"sha256:..."}}}}. A projection of the events: it is
 * written for people and tools that know Docker's store, and never read.
 */
final class RepositoriesFile {
    private RepositoriesFile() {}

    /** Replaces the file in one step. */
    static void write(Path file, SortedMap<String, String> imagesByReference) throws IOException {
        ObjectNode root = Json.mapper().createObjectNode();
        ObjectNode repositories = root.putObject("Repositories");
        for (Map.Entry<String, String> row : imagesByReference.entrySet()) {
            String name = ImageReference.parse(row.getKey()).name();
            repositories.withObjectProperty(name).put(row.getKey(), row.getValue());
        }
        AtomicFiles.write(file, Json.mapper().writeValueAsBytes(root));
    }
}

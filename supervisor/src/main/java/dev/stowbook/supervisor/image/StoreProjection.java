package dev.stowbook.supervisor.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.model.ImageOrigin;
import dev.stowbook.supervisor.model.InitLayer;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.State;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files of Docker's store that say again what the book says: {@code repositories.json}, {@code imagedb/metadata}, {@code layerdb/mounts} and
 * {@code distribution}. They are for people and tools that know Docker's store; the daemon never reads them. The same state gives the same bytes.
 */
final class StoreProjection {
    static final String REPOSITORIES = "repositories.json";
    static final String METADATA = "imagedb/metadata/sha256/";
    static final String MOUNTS = "layerdb/mounts/";
    static final String DIFFID_BY_DIGEST = "distribution/diffid-by-digest/sha256/";
    static final String BLOBS_BY_DIFFID = "distribution/v2metadata-by-diffid/sha256/";
    /** Directories that hold such files and nothing else. */
    static final List<String> OWN = List.of(METADATA, MOUNTS, DIFFID_BY_DIGEST, BLOBS_BY_DIFFID);

    private StoreProjection() {}

    /** All of them, by their path in the store. */
    static SortedMap<String, byte[]> of(State state) {
        SortedMap<String, byte[]> files = new TreeMap<>();
        files.put(REPOSITORIES, repositories(state.references()));
        state.catalogue().origins().forEach((id, origin) -> files.putAll(metadata(id, origin)));
        state.builds().parents().forEach((id, parent) -> files.putAll(parent(id, parent)));
        state.catalogue().blobs().forEach((diffId, blobs) -> files.putAll(blobs(diffId, blobs)));
        state.containers().values().forEach(container -> files.putAll(mount(state, container)));
        return files;
    }

    /** Docker's shape: {@code {"Repositories":{"nginx":{"nginx:latest":"sha256:...","nginx@sha256:...":"sha256:..."}}}}. */
    static byte[] repositories(SortedMap<String, String> imagesByReference) {
        ObjectNode root = Json.mapper().createObjectNode();
        ObjectNode repositories = root.putObject("Repositories");
        for (Map.Entry<String, String> row : imagesByReference.entrySet()) {
            String name = ImageReference.parse(row.getKey()).name();
            repositories.withObjectProperty(name).put(row.getKey(), row.getValue());
        }
        return bytes(root);
    }

    /** {@code lastUpdated} is Docker's name for when the image came. */
    static SortedMap<String, byte[]> metadata(String image, ImageOrigin origin) {
        String directory = METADATA + hex(image) + "/";
        return new TreeMap<>(Map.of(
                directory + "lastUpdated", text(origin.registered().toString()),
                directory + "origin", text(origin.way())));
    }

    /** The image that a step of a build was made from, empty for none. */
    static SortedMap<String, byte[]> parent(String image, String parent) {
        return parent.isEmpty() ? new TreeMap<>() : new TreeMap<>(Map.of(METADATA + hex(image) + "/parent", text(parent)));
    }

    static SortedMap<String, byte[]> blobs(String diffId, List<KnownBlob> known) {
        SortedMap<String, byte[]> files = new TreeMap<>();
        ArrayNode rows = Json.mapper().createArrayNode();
        for (KnownBlob blob : known) {
            files.put(DIFFID_BY_DIGEST + hex(blob.digest()), text(diffId));
            rows.addObject().put("Digest", blob.digest()).put("SourceRepository", blob.repository()).put("HMAC", "");
        }
        files.put(BLOBS_BY_DIFFID + hex(diffId), bytes(rows));
        return files;
    }

    /** Which layers a container stands on: its own, the one that all containers of its image share, and its image's topmost. */
    static SortedMap<String, byte[]> mount(State state, Container container) {
        String directory = MOUNTS + container.id().value() + "/";
        SortedMap<String, byte[]> files = new TreeMap<>();
        files.put(directory + "mount-id", text(container.definition().layerId()));
        StoredImage image = state.images().get(container.definition().imageId());
        if (image != null && !image.layers().isEmpty()) {
            files.put(directory + "init-id", text(InitLayer.on(image.layers().getLast().cacheId())));
            files.put(directory + "parent", text(image.layers().getLast().chainId()));
        }
        return files;
    }

    private static String hex(String digest) {
        return Digest.parse(digest).hex();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] bytes(Object json) {
        try {
            return Json.mapper().writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError("a tree of strings is always JSON", e);
        }
    }
}

package dev.stowbook.supervisor.model;

import java.time.Instant;
import java.util.List;

/**
 * An image in the content store.
 *
 * @param id {@code sha256:} and the digest of its configuration's bytes
 * @param layers base first
 * @param run what its configuration says about starting it
 * @param architecture as OCI names it: {@code amd64}
 * @param os as OCI names it: {@code linux}
 * @param created when it was made, as its configuration says
 */
public record StoredImage(
        String id, List<StoredLayer> layers, ImageRun run, String architecture, String os, Instant created) {
    public StoredImage {
        layers = List.copyOf(layers);
    }

    /** The sum of its layers' sizes. */
    public long sizeBytes() {
        return layers.stream().mapToLong(StoredLayer::sizeBytes).sum();
    }
}

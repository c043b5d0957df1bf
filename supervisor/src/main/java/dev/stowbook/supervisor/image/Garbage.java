package dev.stowbook.supervisor.image;

import dev.stowbook.supervisor.model.StoredLayer;
import java.util.List;

/**
 * Content that no event knows.
 *
 * @param images configurations
 * @param layers recorded layers that only such images use, or none
 * @param cacheIds layers of the graph driver that are recorded nowhere
 */
public record Garbage(List<Digest> images, List<StoredLayer> layers, List<String> cacheIds) {
    public Garbage {
        images = List.copyOf(images);
        layers = List.copyOf(layers);
        cacheIds = List.copyOf(cacheIds);
    }

    public boolean isEmpty() {
        return images.isEmpty() && layers.isEmpty() && cacheIds.isEmpty();
    }
}

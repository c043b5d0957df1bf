package dev.stowbook.supervisor.image;

import java.util.List;

/**
 * An image found in an archive, not stored yet.
 *
 * @param configBytes its configuration, digest verified
 * @param config what it says
 * @param layers as many as it has DiffIDs, base first
 * @param references what the archive calls it
 */
record Staged(byte[] configBytes, ImageConfig config, List<LayerBlob> layers, List<ImageReference> references) {
    Staged {
        layers = List.copyOf(layers);
        references = List.copyOf(references);
    }

    static Staged of(byte[] configBytes, List<LayerBlob> layers, List<ImageReference> references) throws ImageException {
        ImageConfig config = ImageConfig.parse(configBytes);
        if (config.diffIds().size() != layers.size()) {
            throw ImageException.invalid("the image's configuration names " + config.diffIds().size()
                    + " layers, but its manifest has " + layers.size());
        }
        return new Staged(configBytes, config, layers, references);
    }
}

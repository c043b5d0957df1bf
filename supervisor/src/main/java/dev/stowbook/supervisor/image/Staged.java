package dev.stowbook.supervisor.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * An image found in an archive, not stored yet.
 *
 * @param configBytes its configuration, digest verified
 * @param config what it says
 * @param layers as many as it has DiffIDs, base first
 * @param references what the archive calls it
 */
record Staged(byte[] configBytes, ImageConfig config, List<Blob> layers, List<ImageReference> references) {
    Staged {
        layers = List.copyOf(layers);
        references = List.copyOf(references);
    }

    /**
     * A layer's file, perhaps compressed.
     *
     * @param name for messages
     * @param digest what the file's digest must be, if the archive says
     * @param sizeBytes what its size must be, if the archive says
     * @param source opens it
     */
    record Blob(String name, Optional<Digest> digest, Optional<Long> sizeBytes, Source source) {}

    /** Opens a file, as often as asked. */
    interface Source {
        InputStream open() throws IOException, ImageException;
    }

    static Staged of(byte[] configBytes, List<Blob> layers, List<ImageReference> references) throws ImageException {
        ImageConfig config = ImageConfig.parse(configBytes);
        if (config.diffIds().size() != layers.size()) {
            throw ImageException.invalid("the image's configuration names " + config.diffIds().size()
                    + " layers, but its manifest has " + layers.size());
        }
        return new Staged(configBytes, config, layers, references);
    }

    Digest id() {
        return Digest.of(configBytes);
    }
}

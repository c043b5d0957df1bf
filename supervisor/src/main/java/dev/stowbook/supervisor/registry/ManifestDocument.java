package dev.stowbook.supervisor.registry;

import dev.stowbook.supervisor.image.Digest;
import java.util.List;

/** What a reference leads to. */
public sealed interface ManifestDocument {

    /** The digest of its bytes. */
    Digest digest();

    /** Manifests of one image for several platforms. */
    record Index(Digest digest, List<Descriptor> manifests) implements ManifestDocument {
        public Index {
            manifests = List.copyOf(manifests);
        }
    }

    /**
     * An image.
     *
     * @param config its configuration
     * @param layers base first
     */
    record Image(Digest digest, Descriptor config, List<Descriptor> layers) implements ManifestDocument {
        public Image {
            layers = List.copyOf(layers);
        }
    }
}

package dev.stowbook.supervisor.command;

import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.model.StoredImage;
import java.util.List;
import java.util.Optional;

/** What is asked of images. Their content is complete in the store before it is registered. */
public sealed interface ImageCommand extends Command {

    /**
     * Enters images that the store holds.
     *
     * @param insecurePolicy whether they get their names even where the signature policy speaks against it
     */
    record RegisterImages(List<Arrival> arrivals, boolean insecurePolicy) implements ImageCommand {
        public RegisterImages {
            arrivals = List.copyOf(arrivals);
        }

        /** With the names that the signature policy allows. */
        public RegisterImages(List<Arrival> arrivals) {
            this(arrivals, false);
        }
    }

    /** An image with the references that name it, the way it came, and what its layers are in registries. */
    record Arrival(StoredImage image, List<String> references, String origin, List<KnownBlob> blobs) {
        public Arrival {
            references = List.copyOf(references);
            blobs = List.copyOf(blobs);
        }

        /** One that came from no registry. */
        public Arrival(StoredImage image, List<String> references, String origin) {
            this(image, references, origin, List.of());
        }
    }

    /** Enters what layers that we have are in registries: a push has put them there. */
    record RecordBlobs(List<KnownBlob> blobs) implements ImageCommand {
        public RecordBlobs {
            blobs = List.copyOf(blobs);
        }
    }

    /** Enters what the digest of an image's merged tree was found to be. */
    record RecordTree(String image, String tree) implements ImageCommand {}

    /** Gives an image one more reference; {@code insecurePolicy} as with {@link RegisterImages}. */
    record TagImage(String source, String target, boolean insecurePolicy) implements ImageCommand {
        /** A name that the signature policy allows. */
        public TagImage(String source, String target) {
            this(source, target, false);
        }
    }

    /**
     * Fetches an image from a registry.
     *
     * @param reference what to fetch, and what it is to be called; with a tag or digest
     * @param platform {@code linux/amd64}
     * @param manifest the digest of the manifest that the reference must lead to; the image is then called by that alone
     */
    record PullImage(String reference, String platform, Optional<String> manifest) implements ImageCommand {
        /** Whatever the reference leads to. */
        public PullImage(String reference, String platform) {
            this(reference, platform, Optional.empty());
        }
    }

    /** Sends an image to the registry that its name names. */
    record PushImage(String reference) implements ImageCommand {}

    /** Takes a reference away, and the image with its last one. */
    record RemoveImage(String reference, boolean force) implements ImageCommand {}
}

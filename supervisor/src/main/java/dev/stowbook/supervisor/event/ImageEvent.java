package dev.stowbook.supervisor.event;

import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import java.util.List;

/** What happens to images. */
public sealed interface ImageEvent extends Event {

    /** An image's content is complete in the store. */
    record ImageRegistered(StoredImage image, String origin) implements ImageEvent {}

    /** Layers that we have are blobs of registries, too. */
    record BlobsKnown(List<KnownBlob> blobs) implements ImageEvent {
        public BlobsKnown {
            blobs = List.copyOf(blobs);
        }
    }

    /** A reference names an image, whatever it named before. */
    record ImageTagged(String reference, String image) implements ImageEvent {}

    /**
     * An image that a repository offers was found to be signed as the signature policy requires, before any of its layers was fetched.
     *
     * @param image what it will be: the digest of its configuration
     * @param reference that was asked for
     * @param place where the policy stands: a registry, or the beginning of repositories' names; empty for the default
     * @param digests of the manifests that were signed, the image's own or the index's
     * @param keys fingerprints of the public keys that signed
     */
    record SignaturesVerified(String image, String reference, String place, List<String> digests, List<String> keys) implements ImageEvent {
        public SignaturesVerified {
            digests = List.copyOf(digests);
            keys = List.copyOf(keys);
        }
    }

    /**
     * Somebody gave an image a name against the signature policy, knowing it.
     *
     * @param place where the policy stands; empty for the default
     * @param rule that was passed over: {@code require} or {@code reject}
     */
    record SignaturePolicyOverridden(String image, String reference, String place, String rule) implements ImageEvent {}

    /** A reference names nothing any more. */
    record ImageUntagged(String reference, String image) implements ImageEvent {}

    /** An image is to go, with the layers that no other image uses. */
    record ImageRemoving(String image, List<StoredLayer> layers, List<PlannedStep> steps) implements ImageEvent {}
}

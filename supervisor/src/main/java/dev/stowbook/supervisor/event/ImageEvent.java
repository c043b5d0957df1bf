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
     * Somebody gave an image a name against the signature policy, knowing it.
     *
     * @param place where the policy stands; empty for the default
     * @param rule that was passed over: {@code require} or {@code reject}
     */
    record SignaturePolicyOverridden(String image, String reference, String place, String rule) implements ImageEvent {}

    /** A reference names nothing any more. */
    record ImageUntagged(String reference, String image) implements ImageEvent {}

    /** An image's files, as the graph driver merges them, were digested. */
    record TreeDigested(String image, String tree) implements ImageEvent {}

    /** An image is to go, with the layers that no other image uses. */
    record ImageRemoving(String image, List<StoredLayer> layers, List<PlannedStep> steps) implements ImageEvent {}
}

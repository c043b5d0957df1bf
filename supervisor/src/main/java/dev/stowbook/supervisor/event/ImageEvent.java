package dev.stowbook.supervisor.event;

import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import java.util.List;

/** What happens to images. */
public sealed interface ImageEvent extends Event {

    /** An image's content is complete in the store. */
    record ImageRegistered(StoredImage image, String origin) implements ImageEvent {}

    /** A reference names an image, whatever it named before. */
    record ImageTagged(String reference, String image) implements ImageEvent {}

    /** A reference names nothing any more. */
    record ImageUntagged(String reference, String image) implements ImageEvent {}

    /** An image is to go, with the layers that no other image uses. */
    record ImageRemoving(String image, List<StoredLayer> layers, List<PlannedStep> steps) implements ImageEvent {}
}

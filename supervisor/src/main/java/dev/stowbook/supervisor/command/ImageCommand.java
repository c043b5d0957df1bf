package dev.stowbook.supervisor.command;

import dev.stowbook.supervisor.model.StoredImage;
import java.util.List;

/** What is asked of images. Their content is complete in the store before it is registered. */
public sealed interface ImageCommand extends Command {

    /** Enters images that the store holds. */
    record RegisterImages(List<Arrival> arrivals) implements ImageCommand {
        public RegisterImages {
            arrivals = List.copyOf(arrivals);
        }
    }

    /** An image with the references that name it, and where it came from. */
    record Arrival(StoredImage image, List<String> references, String origin) {
        public Arrival {
            references = List.copyOf(references);
        }
    }

    /** Gives an image one more reference. */
    record TagImage(String source, String target) implements ImageCommand {}

    /** Takes a reference away, and the image with its last one. */
    record RemoveImage(String reference, boolean force) implements ImageCommand {}
}

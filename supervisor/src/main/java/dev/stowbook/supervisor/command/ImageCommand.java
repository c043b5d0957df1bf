package dev.stowbook.supervisor.command;

import dev.stowbook.supervisor.model.StoredImage;
import java.util.List;

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

    /** An image with the references that name it, and where it came from. */
    record Arrival(StoredImage image, List<String> references, String origin) {
        public Arrival {
            references = List.copyOf(references);
        }
    }

    /** Gives an image one more reference; {@code insecurePolicy} as with {@link RegisterImages}. */
    record TagImage(String source, String target, boolean insecurePolicy) implements ImageCommand {
        /** A name that the signature policy allows. */
        public TagImage(String source, String target) {
            this(source, target, false);
        }
    }

    /** Takes a reference away, and the image with its last one. */
    record RemoveImage(String reference, boolean force) implements ImageCommand {}
}

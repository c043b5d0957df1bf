package dev.stowbook.supervisor.image;

import dev.stowbook.supervisor.model.StoredImage;
import java.util.List;

/**
 * Images that the store now holds and no event knows yet. Until it is closed none of their content is garbage or removed; close it when the
 * event that registers them is durable, or when they are not to be registered.
 */
public final class Arrivals implements AutoCloseable {
    private final List<Arrived> images;
    private final Runnable release;
    private boolean closed;

    Arrivals(List<Arrived> images, Runnable release) {
        this.images = List.copyOf(images);
        this.release = release;
    }

    /**
     * One of them.
     *
     * @param image what to record
     * @param references what it is to be called; perhaps nothing
     */
    public record Arrived(StoredImage image, List<ImageReference> references) {
        public Arrived {
            references = List.copyOf(references);
        }
    }

    /** What arrived, in the archive's order. */
    public List<Arrived> images() {
        return images;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            release.run();
        }
    }
}

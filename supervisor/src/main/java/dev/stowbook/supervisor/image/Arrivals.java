package dev.stowbook.supervisor.image;

import dev.stowbook.spi.graph.DiffRequest;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What one pull, load, build or commit brings into the store before any event knows it. Until it is closed none of it is garbage or removed. When
 * the event that names it is durable, say {@link #registered} and close it; closed without, all that only it brought is removed.
 *
 * <p>Every method blocks and may be called on any thread, layers of one image side by side.
 */
public final class Arrivals implements AutoCloseable {
    private final ContentStore.Parts store;
    private final Set<String> held = new LinkedHashSet<>();
    private final List<Arrived> images = new ArrayList<>();
    private boolean closed;

    Arrivals(ContentStore.Parts store) {
        this.store = store;
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

    /** What arrived, in the order of {@link #add}. */
    public synchronized List<Arrived> images() {
        return List.copyOf(images);
    }

    private synchronized void hold(String name) {
        if (closed) {
            throw new IllegalStateException("these arrivals are closed");
        }
        if (held.add(name)) {
            store.holds().hold(name);
        }
    }

    /** A layer, if the store has it; from now on it is held. */
    public Optional<StoredLayer> find(ChainId chain) throws ImageException {
        hold(chain.toString());
        return StoreWork.guarded(() -> store.layers().find(chain));
    }

    /**
     * Takes a layer in, in one pass: decompressed, digests verified, limits kept, unpacked, recorded. If it is there, or somebody else is taking
     * it in, the blob is not opened.
     *
     * @param below the layer it stands on, which these arrivals hold
     */
    public StoredLayer take(LayerBlob blob, Digest diffId, Optional<StoredLayer> below, LayerProgress progress) throws ImageException {
        hold(Layers.chain(below, diffId).toString());
        return StoreWork.guarded(() -> store.layers().take(blob, diffId, below, progress));
    }

    /** Takes in a tar that was made here, whose DiffID comes out of it. */
    public StoredLayer make(LayerBlob tar, Optional<StoredLayer> below, LayerProgress progress) throws ImageException {
        return StoreWork.guarded(() -> store.layers().make(tar, Optional.empty(), below, chain -> hold(chain.toString()), progress));
    }

    /**
     * Makes a layer of what a container wrote.
     *
     * @param writableLayer the driver's name for the container's layer; whatever writes in it meanwhile may be caught half done
     * @param below the topmost layer of its image
     */
    public StoredLayer freeze(String writableLayer, Optional<StoredLayer> below) throws ImageException {
        return StoreWork.guarded(() -> {
            try (Spool spool = Spool.open(store.tmp())) {
                try (OutputStream out = new BufferedOutputStream(spool.output(), 256 * 1024)) {
                    store.driver().diff(new DiffRequest(writableLayer, out, "commit"));
                }
                LayerBlob tar = new LayerBlob(
                        "of the container", Optional.empty(), Optional.empty(), () -> spool.part(0, spool.size()));
                return make(tar, below, LayerProgress.none());
            }
        });
    }

    /**
     * Adds an image whose layers these arrivals hold.
     *
     * @param config its configuration, kept byte for byte
     * @param references what it is to be called
     */
    public StoredImage add(byte[] config, List<ImageReference> references) throws ImageException {
        return StoreWork.guarded(() -> {
            ImageConfig parsed = ImageConfig.parse(config);
            Digest id = Digest.of(config);
            List<StoredLayer> stack = new ArrayList<>();
            for (ChainId chain : ChainId.ofStack(parsed.diffIds())) {
                stack.add(find(chain).orElseThrow(() -> new ImageException(
                        ErrorCode.INTERNAL, "the image " + id + " came without its layer " + chain + ": try again")));
            }
            hold(id.toString());
            if (store.images().put(id, config)) {
                store.holds().made(id.toString());
            }
            StoredImage image = ContentStore.stored(id, parsed, stack);
            synchronized (this) {
                images.add(new Arrived(image, references));
            }
            return image;
        });
    }

    /** The event that names the images is durable: they stay. */
    public synchronized void registered() {
        store.holds().settled(held);
    }

    /**
     * Lets go of everything. Content that is nobody's then is removed; where that fails it is garbage, and found as such. Who closes them may have
     * been interrupted, which would break off any reading and writing of files: that is put off until it is done.
     */
    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        try {
            letGo();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void letGo() {
        List<String> names;
        synchronized (this) {
            closed = true;
            names = List.copyOf(held).reversed();
            held.clear();
        }
        for (String name : names) {
            store.release(name);
        }
    }
}

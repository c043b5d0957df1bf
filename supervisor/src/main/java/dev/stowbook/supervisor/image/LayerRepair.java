package dev.stowbook.supervisor.image;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.layer.TarSplitter;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.graph.DiffRequest;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.supervisor.model.InitLayer;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.model.StoredLayer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Looks whether a layer is what the book says, and makes it so again. One thread. */
final class LayerRepair {
    private final LayerDb db;
    private final LayerDriver driver;
    private final Layers layers;
    private final ContentStore store;

    LayerRepair(LayerDb db, LayerDriver driver, Layers layers, ContentStore store) {
        this.db = db;
        this.driver = driver;
        this.layers = layers;
        this.store = store;
    }

    /**
     * What is wrong with a layer.
     *
     * @param what {@code record} or {@code layer}
     */
    record Trouble(boolean missing, String what, String detail) {}

    /**
     * Reads all of it.
     *
     * @param tar where it goes
     */
    Optional<Trouble> look(StoredLayer layer, Optional<StoredLayer> below, OutputStream tar) {
        try {
            if (driver.inspect(new LayerTarget(layer.cacheId(), "fsck")).presence() != Presence.PRESENT) {
                return Optional.of(new Trouble(true, "layer", "the graph driver does not have the layer's files (" + layer.cacheId() + ")"));
            }
        } catch (DriverException e) {
            return Optional.of(new Trouble(false, "layer", e.getMessage()));
        }
        try {
            Optional<StoredLayer> recorded = db.find(Layers.chain(layer));
            if (recorded.isEmpty() || !Files.exists(db.split(Layers.chain(layer)))) {
                return Optional.of(new Trouble(true, "record", "the layer's record in layerdb is gone, or has no tar-split.json.gz"));
            }
            if (!recorded.get().equals(layer) || !db.parent(Layers.chain(layer)).equals(below.map(Layers::chain))) {
                return Optional.of(new Trouble(false, "record", "the layer's record in layerdb does not say what the book says"));
            }
        } catch (IOException e) {
            return Optional.of(new Trouble(false, "record", e.getMessage()));
        }
        try {
            store.tar(layer, tar);
            return Optional.empty();
        } catch (ImageException e) {
            return Optional.of(new Trouble(false, "layer", e.getMessage()));
        }
    }

    /** Makes it what it was. @throws ImageException if there is nothing to make it from */
    String repair(StoredLayer layer, Optional<StoredLayer> below, List<KnownBlob> blobs, Refetch refetch) throws ImageException {
        return StoreWork.guarded(() -> {
            boolean there = driver.inspect(new LayerTarget(layer.cacheId(), "fsck")).presence() == Presence.PRESENT;
            if (there && recordedAnew(layer, below)) {
                return "its record was made again from its files";
            }
            ImageException last = Fsck.lost("no registry is known to have it");
            for (KnownBlob blob : blobs) {
                try {
                    again(layer, below, blob, refetch, there);
                    return "pulled again from " + blob.repository();
                } catch (ImageException e) {
                    last = e;
                }
            }
            throw last;
        });
    }

    /** The driver's own tar has the DiffID if the layer was made here; else only the record's lost parts matter. */
    private boolean recordedAnew(StoredLayer layer, Optional<StoredLayer> below) throws IOException, DriverException, LinuxException {
        ChainId chain = Layers.chain(layer);
        Path split = db.splitOf(layer.cacheId());
        try {
            if (Files.exists(db.split(chain))) {
                Files.copy(db.split(chain), split);
                if (record(layer, below, split) && whole(layer)) {
                    return true;
                }
                Files.deleteIfExists(split);
            }
            if (!splitOfDiff(layer, split)) {
                return false;
            }
            return record(layer, below, split) && whole(layer);
        } finally {
            Files.deleteIfExists(split);
        }
    }

    private boolean whole(StoredLayer layer) {
        try {
            store.tar(layer, OutputStream.nullOutputStream());
            return true;
        } catch (ImageException e) {
            return false;
        }
    }

    private boolean record(StoredLayer layer, Optional<StoredLayer> below, Path split) throws IOException {
        db.remove(Layers.chain(layer));
        db.put(layer, below.map(Layers::chain), split, () -> {});
        return true;
    }

    private boolean splitOfDiff(StoredLayer layer, Path split) throws IOException, DriverException {
        DigestingOutput digesting;
        try (TarSplitWriter writer = new TarSplitWriter(Files.newOutputStream(split), any -> false)) {
            TarSplitter splitter = new TarSplitter(writer);
            digesting = new DigestingOutput(new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    splitter.accept(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    splitter.accept(bytes, offset, length);
                }
            });
            driver.diff(new DiffRequest(layer.cacheId(), digesting, "fsck"));
        }
        return digesting.digest().toString().equals(layer.diffId());
    }

    /** Under the same name, so that the book and what stands on it stay true. */
    private void again(StoredLayer layer, Optional<StoredLayer> below, KnownBlob blob, Refetch refetch, boolean there)
            throws IOException, DriverException, LinuxException, ImageException {
        if (there) {
            try {
                driver.remove(new LayerTarget(InitLayer.on(layer.cacheId()), "fsck"));
                driver.remove(new LayerTarget(layer.cacheId(), "fsck"));
            } catch (DriverException e) {
                if (e.code() == DriverErrorCode.BUSY) {
                    throw Fsck.lost("its files are damaged, but containers or other layers stand on them");
                }
                throw e;
            }
        }
        db.remove(Layers.chain(layer));
        layers.remake(
                new LayerBlob(
                        blob.digest(), Optional.of(Digest.parse(blob.digest())), Optional.of(blob.sizeBytes()), () -> refetch.layer(blob)),
                layer,
                below);
    }
}

package dev.stowbook.supervisor.image;

import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.graph.AppliedDiff;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredLayer;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.Supplier;

/** Turns tars into recorded layers, each chain once. Used under the store's lock. */
final class LayerRegistry {
    private static final String OPERATION = "image";

    private final LayerDb db;
    private final LayerDriver driver;
    private final Supplier<String> newCacheId;

    LayerRegistry(LayerDb db, LayerDriver driver, Supplier<String> newCacheId) {
        this.db = db;
        this.driver = driver;
        this.newCacheId = newCacheId;
    }

    /** A layer that the driver holds; a record whose layer is gone is dropped. */
    Optional<StoredLayer> find(ChainId chain) throws IOException, DriverException {
        Optional<StoredLayer> recorded = db.find(chain);
        if (recorded.isEmpty()) {
            return recorded;
        }
        if (driver.inspect(new LayerTarget(recorded.get().cacheId(), OPERATION)).presence() == Presence.PRESENT) {
            return recorded;
        }
        db.remove(chain);
        return Optional.empty();
    }

    /** Unpacks a layer and records it, all digests verified; nothing is left if it fails. */
    StoredLayer make(
            Staged.Blob blob, Digest diffId, ChainId chain, Optional<StoredLayer> below, LayerProgress progress)
            throws IOException, DriverException, ImageException {
        String cacheId = newCacheId.get();
        boolean recorded = false;
        try {
            long sizeBytes = unpack(blob, diffId, cacheId, below, progress);
            StoredLayer layer = new StoredLayer(diffId.toString(), chain.toString(), cacheId, sizeBytes);
            db.put(layer, below.map(parent -> new ChainId(Digest.parse(parent.chainId()))));
            recorded = true;
            return layer;
        } finally {
            if (!recorded) {
                driver.remove(new LayerTarget(cacheId, OPERATION));
            }
        }
    }

    private long unpack(Staged.Blob blob, Digest diffId, String cacheId, Optional<StoredLayer> below, LayerProgress progress)
            throws IOException, DriverException, ImageException {
        try (InputStream file = blob.source().open();
                MeasuredStream raw = new MeasuredStream(file, bytes -> {})) {
            try {
                return unpack(raw, blob, diffId, cacheId, below, progress);
            } catch (IOException e) {
                throw unreadable(blob, raw, e);
            } catch (DriverException e) {
                if (isUnreadable(e)) {
                    throw unreadable(blob, raw, e);
                }
                throw e;
            }
        }
    }

    // What undoes the compression stays open: closing it would close the file, whose rest may have to be read to say what is wrong with it.
    private long unpack(
            MeasuredStream raw, Staged.Blob blob, Digest diffId, String cacheId, Optional<StoredLayer> below, LayerProgress progress)
            throws IOException, DriverException, ImageException {
        MeasuredStream plain = new MeasuredStream(
                Compression.undo(raw), bytes -> progress.layer(diffId, LayerProgress.State.APPLYING, bytes));
        AppliedDiff applied =
                driver.applyDiff(new ApplyDiffRequest(cacheId, below.map(StoredLayer::cacheId), plain, OPERATION));
        plain.drain();
        verifyBlob(blob, raw);
        Digest actual = plain.digest();
        if (!actual.equals(diffId)) {
            throw ImageException.invalid("the layer " + blob.name() + " unpacks to the digest " + actual
                    + ", but the image names " + diffId + ": it is damaged, make the archive again");
        }
        progress.layer(diffId, LayerProgress.State.DONE, plain.count());
        return applied.sizeBytes();
    }

    /** A damaged file shows as a bad tar or a bad stream first; that it is damaged says more. */
    private static ImageException unreadable(Staged.Blob blob, MeasuredStream raw, Exception failure) throws IOException, ImageException {
        verifyBlob(blob, raw);
        return new ImageException(
                ErrorCode.INVALID, "the layer " + blob.name() + " cannot be unpacked: " + reason(failure), failure);
    }

    private static boolean isUnreadable(DriverException e) {
        return e.code() == DriverErrorCode.CORRUPT || e.code() == DriverErrorCode.IO && e.errno() == 0;
    }

    private static String reason(Exception e) {
        String text = e instanceof DriverException && e.getCause() != null ? e.getCause().getMessage() : e.getMessage();
        return text == null ? e.toString() : text;
    }

    private static void verifyBlob(Staged.Blob blob, MeasuredStream raw) throws IOException, ImageException {
        if (blob.digest().isEmpty()) {
            return;
        }
        raw.drain();
        long size = blob.sizeBytes().orElse(raw.count());
        if (raw.count() != size) {
            throw ImageException.invalid("the layer " + blob.name() + " has " + raw.count() + " bytes, but the image says " + size
                    + ": it is " + (raw.count() < size ? "truncated" : "damaged") + ", make the archive again");
        }
        Digest actual = raw.digest();
        if (!actual.equals(blob.digest().get())) {
            throw ImageException.invalid("the layer " + blob.name() + " has the digest " + actual + ": it is damaged, make the archive again");
        }
    }

    /** Forgets a layer and has the driver remove it; false if another stands on it. */
    boolean remove(StoredLayer layer) throws IOException, ImageException {
        db.remove(new ChainId(Digest.parse(layer.chainId())));
        return removeFromDriver(layer.cacheId());
    }

    /** Has the driver remove a layer; false if another stands on it. */
    boolean removeFromDriver(String cacheId) throws ImageException {
        try {
            driver.remove(new LayerTarget(cacheId, OPERATION));
            return true;
        } catch (DriverException e) {
            if (e.code() == DriverErrorCode.BUSY) {
                return false;
            }
            throw failed(e);
        }
    }

    static ImageException failed(DriverException e) {
        ErrorCode code = switch (e.code()) {
            case CORRUPT, INVALID -> ErrorCode.INVALID;
            case NO_SPACE -> ErrorCode.DISK_FULL;
            case UNAVAILABLE, BUSY -> ErrorCode.UNAVAILABLE;
            case UNSUPPORTED -> ErrorCode.UNSUPPORTED;
            case NOT_FOUND, FOREIGN, IN_USE, DENIED, UNKNOWN, IO -> ErrorCode.INTERNAL;
        };
        return new ImageException(code, "the graph driver failed: " + e.getMessage(), e);
    }
}

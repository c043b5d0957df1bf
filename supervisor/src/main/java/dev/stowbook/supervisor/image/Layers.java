package dev.stowbook.supervisor.image;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.graph.AppliedDiff;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.InitLayer;
import dev.stowbook.supervisor.model.StoredLayer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/** Turns tars into recorded layers. Any thread; of those who want one chain one works, and the others wait for it. */
final class Layers {
    private static final String OPERATION = "image";

    private final LayerDb db;
    private final LayerDriver driver;
    private final LayerLimits limits;
    private final Holds holds;
    private final Supplier<String> newCacheId;
    /** Layers of the driver that nobody knows any more, and that others stand on. */
    private final Set<String> unfinished = ConcurrentHashMap.newKeySet();

    private final ConcurrentMap<ChainId, CompletableFuture<Optional<StoredLayer>>> making = new ConcurrentHashMap<>();

    Layers(LayerDb db, LayerDriver driver, LayerLimits limits, Holds holds, Supplier<String> newCacheId) {
        this.db = db;
        this.driver = driver;
        this.limits = limits;
        this.holds = holds;
        this.newCacheId = newCacheId;
    }

    static ChainId chain(Optional<StoredLayer> below, Digest diffId) {
        return ChainId.of(below.map(Layers::chain), diffId);
    }

    static ChainId chain(StoredLayer layer) {
        return new ChainId(Digest.parse(layer.chainId()));
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
        db.remove(chain, recorded.get().cacheId());
        return Optional.empty();
    }

    /** Takes a layer whose DiffID is known, unless it is there. Whoever waits for another's work tries by itself if that fails. */
    StoredLayer take(LayerBlob blob, Digest diffId, Optional<StoredLayer> below, LayerProgress progress)
            throws IOException, DriverException, LinuxException, ImageException {
        ChainId chain = chain(below, diffId);
        while (true) {
            CompletableFuture<Optional<StoredLayer>> mine = new CompletableFuture<>();
            CompletableFuture<Optional<StoredLayer>> theirs = making.putIfAbsent(chain, mine);
            Optional<StoredLayer> known = theirs == null ? Optional.empty() : await(theirs);
            if (theirs == null) {
                try {
                    known = find(chain);
                    if (known.isEmpty()) {
                        StoredLayer made = make(blob, Optional.of(diffId), below, any -> {}, progress);
                        mine.complete(Optional.of(made));
                        return made;
                    }
                    mine.complete(known);
                } finally {
                    making.remove(chain, mine);
                    mine.complete(Optional.empty());
                }
            }
            if (known.isPresent()) {
                progress.layer(diffId, LayerProgress.State.EXISTS, 0);
                return known.get();
            }
        }
    }

    /** Whoever is interrupted does not wait: the other may go on for long. */
    private static Optional<StoredLayer> await(CompletableFuture<Optional<StoredLayer>> theirs) throws ImageException {
        try {
            return theirs.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageException(ErrorCode.UNAVAILABLE, "it was broken off while another took the same layer in", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("whoever takes a layer in never says that it failed", e);
        }
    }

    /**
     * Unpacks a layer and records it, all digests verified; nothing is left if it fails.
     *
     * @param hold takes hold of the chain before it is recorded
     */
    StoredLayer make(LayerBlob blob, Optional<Digest> diffId, Optional<StoredLayer> below, Consumer<ChainId> hold, LayerProgress progress)
            throws IOException, DriverException, LinuxException, ImageException {
        return make(newCacheId.get(), blob, diffId, below, hold, progress);
    }

    /** Makes a layer again that is lost, under the name that it had. */
    void remake(LayerBlob blob, StoredLayer layer, Optional<StoredLayer> below)
            throws IOException, DriverException, LinuxException, ImageException {
        make(layer.cacheId(), blob, Optional.of(Digest.parse(layer.diffId())), below, any -> {}, LayerProgress.none());
        holds.settled(Set.of(layer.chainId()));
    }

    private StoredLayer make(
            String cacheId, LayerBlob blob, Optional<Digest> diffId, Optional<StoredLayer> below, Consumer<ChainId> hold, LayerProgress progress)
            throws IOException, DriverException, LinuxException, ImageException {
        holds.hold(cacheId);
        Path split = db.splitOf(cacheId);
        Optional<StoredLayer> made = Optional.empty();
        try {
            Unpacked unpacked = unpack(blob, diffId, cacheId, below, split, progress);
            keepWhatNoFileHas(blob, unpacked, cacheId, split);
            ChainId chain = chain(below, unpacked.diffId);
            hold.accept(chain);
            StoredLayer layer = new StoredLayer(unpacked.diffId.toString(), chain.toString(), cacheId, unpacked.sizeBytes);
            made = Optional.of(db.put(layer, below.map(Layers::chain), split, () -> holds.made(chain.toString())));
            return made.get();
        } finally {
            try {
                Files.deleteIfExists(split);
                if (made.filter(layer -> layer.cacheId().equals(cacheId)).isEmpty()) {
                    driver.remove(new LayerTarget(cacheId, OPERATION));
                }
            } finally {
                holds.release(cacheId, () -> {});
            }
        }
    }

    private record Unpacked(Digest diffId, long sizeBytes) {}

    private Unpacked unpack(
            LayerBlob blob, Optional<Digest> diffId, String cacheId, Optional<StoredLayer> below, Path split, LayerProgress progress)
            throws IOException, DriverException, ImageException {
        try (InputStream source = blob.source().open();
                TarSplitWriter writer = new TarSplitWriter(Files.newOutputStream(split), any -> false)) {
            diffId.ifPresent(id -> progress.layer(id, LayerProgress.State.APPLYING, 0));
            MeasuredStream raw = MeasuredStream.of(source, blob.digest().isPresent());
            LayerIntake intake = begin(blob, raw, writer, bytes -> diffId.ifPresent(
                    id -> progress.layer(id, LayerProgress.State.APPLYING, bytes)));
            try {
                AppliedDiff applied = apply(blob, cacheId, below, raw, intake);
                verifyBlob(blob, raw);
                Digest actual = intake.digest();
                if (diffId.isPresent() && !actual.equals(diffId.get())) {
                    throw ImageException.invalid("the layer " + blob.name() + " unpacks to the digest " + actual
                            + ", but the image names " + diffId.get() + ": it is damaged, make the archive again");
                }
                progress.layer(actual, LayerProgress.State.DONE, intake.count());
                return new Unpacked(actual, applied.sizeBytes());
            } finally {
                intake.end();
            }
        }
    }

    private LayerIntake begin(LayerBlob blob, MeasuredStream raw, TarSplitWriter writer, LongConsumer told) throws ImageException {
        try {
            return new LayerIntake(blob, raw, limits, writer, told);
        } catch (ImageException e) {
            throw e.getCause() instanceof IOException bad ? unreadable(blob, raw, Optional.of(e), bad) : e;
        }
    }

    private AppliedDiff apply(LayerBlob blob, String cacheId, Optional<StoredLayer> below, MeasuredStream raw, LayerIntake intake)
            throws DriverException, ImageException {
        try {
            AppliedDiff applied = driver.applyDiff(new ApplyDiffRequest(cacheId, below.map(StoredLayer::cacheId), intake, OPERATION));
            intake.drain();
            raw.drain(blob.sizeBytes().orElse(Long.MAX_VALUE)); // a source that verifies what passes does so at its end, not at the tar's
            return applied;
        } catch (IOException e) {
            throw unreadable(blob, raw, intake, e);
        } catch (DriverException e) {
            if (intake.failure().isPresent() || isUnreadable(e)) {
                throw unreadable(blob, raw, intake, e);
            }
            throw e;
        }
    }

    /** A tar that has a file twice, or deletes one of its own, is split once more, with the contents that are nowhere else. */
    private void keepWhatNoFileHas(LayerBlob blob, Unpacked unpacked, String cacheId, Path split)
            throws IOException, DriverException, LinuxException, ImageException {
        Set<Long> missing;
        try (Fd root = driver.view(new LayerTarget(cacheId, OPERATION))) {
            TarSplit first = new TarSplit(split);
            if (first.seemsWhole(root)) {
                return;
            }
            missing = first.missing(root);
        }
        if (missing.isEmpty()) {
            return;
        }
        try (InputStream source = blob.source().open();
                TarSplitWriter writer = new TarSplitWriter(Files.newOutputStream(split), missing::contains)) {
            LayerIntake intake = new LayerIntake(blob, MeasuredStream.counting(source), limits, writer, bytes -> {});
            try {
                intake.drain();
                if (!intake.digest().equals(unpacked.diffId)) {
                    throw ImageException.invalid("the layer " + blob.name() + " was another one when it was read a second time: try again");
                }
            } finally {
                intake.end();
            }
        }
    }

    /** A damaged source shows as a bad tar or a bad stream first; that it is damaged says more. */
    private static ImageException unreadable(LayerBlob blob, MeasuredStream raw, LayerIntake intake, Exception failure)
            throws ImageException {
        return intake.isDecided() ? intake.failure().orElseThrow() : unreadable(blob, raw, intake.failure(), failure);
    }

    private static ImageException unreadable(LayerBlob blob, MeasuredStream raw, Optional<ImageException> known, Exception failure)
            throws ImageException {
        if (failure.getCause() instanceof ImageException source) {
            throw source;
        }
        try {
            raw.drain(blob.sizeBytes().orElse(Long.MAX_VALUE));
            verifyBlob(blob, raw);
        } catch (IOException e) {
            if (e.getCause() instanceof ImageException source) {
                throw source; // it says itself what is wrong with it
            }
            failure.addSuppressed(e); // what broke the source off has been told
        }
        return known.orElseGet(() -> new ImageException(
                ErrorCode.INVALID, "the layer " + blob.name() + " cannot be unpacked: " + reason(failure), failure));
    }

    private static boolean isUnreadable(DriverException e) {
        return e.code() == DriverErrorCode.CORRUPT || e.code() == DriverErrorCode.IO && e.errno() == 0;
    }

    private static String reason(Exception e) {
        String text = e instanceof DriverException && e.getCause() != null ? e.getCause().getMessage() : e.getMessage();
        return text == null ? e.toString() : text;
    }

    private static void verifyBlob(LayerBlob blob, MeasuredStream raw) throws IOException, ImageException {
        if (blob.digest().isEmpty()) {
            return;
        }
        raw.drain(blob.sizeBytes().orElse(Long.MAX_VALUE));
        long size = blob.sizeBytes().orElse(raw.count());
        if (raw.count() != size) {
            throw ImageException.invalid("the layer " + blob.name() + " has " + (raw.count() > size ? "more than " + size : raw.count())
                    + " bytes, but the image says " + size + ": it is " + (raw.count() < size ? "truncated" : "damaged") + ", make the archive again");
        }
        Digest actual = raw.digest();
        if (!actual.equals(blob.digest().get())) {
            throw ImageException.invalid("the layer " + blob.name() + " has the digest " + actual + ": it is damaged, make the archive again");
        }
    }

    /**
     * Has the driver remove a layer and what only containers stood on; false if another stands on it. Then it goes with that one: images that
     * stand on one another are removed side by side, and the lower one may come first.
     */
    boolean removeFromDriver(String cacheId) throws DriverException {
        if (!removed(cacheId)) {
            unfinished.add(cacheId); // before the second look: whoever removes what stands on it looks here after that
            if (!removed(cacheId)) {
                return false;
            }
        }
        unfinished.remove(cacheId);
        for (String below : unfinished) {
            if (removed(below)) {
                unfinished.remove(below);
                return removeFromDriver(cacheId); // which may have been what another waited for
            }
        }
        return true;
    }

    private boolean removed(String cacheId) throws DriverException {
        try {
            driver.remove(new LayerTarget(InitLayer.on(cacheId), OPERATION));
            driver.remove(new LayerTarget(cacheId, OPERATION));
            return true;
        } catch (DriverException e) {
            if (e.code() == DriverErrorCode.BUSY) {
                return false;
            }
            throw e;
        }
    }
}

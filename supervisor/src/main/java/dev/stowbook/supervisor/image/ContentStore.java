package dev.stowbook.supervisor.image;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.layer.LayerWriter;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.graph.CommitRequest;
import dev.stowbook.spi.graph.LayerEntry;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.InitLayer;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images on disk, in Docker's shape, below {@code <root>/image/<driver>}: {@code imagedb} holds configurations as they came, {@code layerdb} says
 * which layer of the graph driver is which chain. Content comes first, the event that knows it second; what no event knows is garbage.
 *
 * <p>Every method blocks; call them on workers, side by side as you like. Whatever fails ends in one sentence.
 */
public final class ContentStore {
    private static final Logger LOG = LoggerFactory.getLogger(ContentStore.class);

    private final Path directory;
    private final Path tmp;
    private final ImageDb images;
    private final LayerDb db;
    private final LayerDriver driver;
    private final Holds holds = new Holds();
    private final Layers layers;
    private final Supplier<String> newCacheId;
    private final ImageImports imports;
    private final ProjectedFiles projected;

    private ContentStore(Path directory, Path tmp, Platform host, LayerDriver driver, LayerLimits limits, Supplier<String> newCacheId)
            throws IOException {
        this.directory = directory;
        this.tmp = tmp;
        this.images = new ImageDb(directory.resolve("imagedb"));
        this.db = new LayerDb(directory.resolve("layerdb"));
        this.driver = driver;
        this.newCacheId = newCacheId;
        this.layers = new Layers(db, driver, limits, holds, newCacheId);
        this.projected = new ProjectedFiles(directory);
        this.imports = new ImageImports(this, tmp, host, limits);
    }

    /**
     * Opens the store of one graph driver.
     *
     * @param root the daemon's root directory
     * @param driverName names the part of the store that speaks of this driver's layers
     * @param newCacheId draws an unused layer id: 64 lower-case hex digits
     */
    public static ContentStore open(
            Path root, String driverName, LayerDriver driver, Platform host, LayerLimits limits, Supplier<String> newCacheId)
            throws IOException {
        Path directory = Files.createDirectories(root.resolve("image").resolve(driverName));
        Path tmp = Files.createDirectories(root.resolve("tmp"));
        return new ContentStore(directory, tmp, host, driver, limits, newCacheId);
    }

    /** What {@link Arrivals} work with. */
    record Parts(ImageDb images, Layers layers, Holds holds, LayerDriver driver, Path tmp, ContentStore store) {
        void release(String name) {
            store.release(name);
        }
    }

    /** Begins to take something in. */
    public Arrivals begin() {
        return new Arrivals(parts());
    }

    private Parts parts() {
        return new Parts(images, layers, holds, driver, tmp, this);
    }

    /** Makes an image of one layer from a root file system's tar, plain or compressed. Reads the stream to its end. */
    public Arrivals importRootfs(InputStream tar, ImportOptions options, LayerProgress progress) throws ImageException {
        return imports.importRootfs(tar, options, progress);
    }

    /** Makes an image of one layer from a directory. */
    public Arrivals importDirectory(Path rootfs, ImportOptions options, LayerProgress progress) throws ImageException {
        return imports.importDirectory(rootfs, options, progress);
    }

    /** Takes in the tar of an OCI image layout or of a docker archive, plain or compressed. Reads the stream to its end. */
    public Arrivals load(InputStream archive, LayerProgress progress) throws ImageException {
        return imports.load(archive, progress);
    }

    /** Takes in an OCI image layout or an unpacked docker archive, or the tar of either. */
    public Arrivals load(Path source, LayerProgress progress) throws ImageException {
        return imports.load(source, progress);
    }

    /** Lets go of a name that arrivals held; what is nobody's then goes. */
    private void release(String name) {
        Digest digest = Digest.parse(name);
        List<StoredLayer> removed = new ArrayList<>();
        try {
            // The hold goes first, whatever else fails: what is held for ever is never found as garbage.
            holds.release(name, () -> {
                db.find(new ChainId(digest)).ifPresent(removed::add);
                images.remove(digest);
                db.remove(new ChainId(digest));
            });
            for (StoredLayer layer : removed) {
                layers.removeFromDriver(layer.cacheId());
            }
        } catch (IOException | DriverException e) {
            LOG.warn("{} is left for the next collection of garbage: {}", name, e.getMessage());
        }
    }

    static StoredImage stored(Digest id, ImageConfig config, List<StoredLayer> stack) {
        return new StoredImage(id.toString(), stack, config.run(), config.architecture(), config.os(), config.created());
    }

    /** An image as the disk has it; empty if its configuration or one of its layers is missing. */
    public Optional<StoredImage> find(Digest id) throws ImageException {
        return StoreWork.guarded(() -> {
            Optional<byte[]> bytes = images.find(id);
            if (bytes.isEmpty()) {
                return Optional.empty();
            }
            ImageConfig config = ImageConfig.parse(bytes.get());
            List<StoredLayer> stack = new ArrayList<>();
            for (ChainId chain : ChainId.ofStack(config.diffIds())) {
                Optional<StoredLayer> layer = db.find(chain);
                if (layer.isEmpty()) {
                    return Optional.empty();
                }
                stack.add(layer.get());
            }
            return Optional.of(stored(id, config, stack));
        });
    }

    /** An image's configuration, byte for byte as it came. */
    public Optional<byte[]> configuration(Digest id) throws ImageException {
        return StoreWork.guarded(() -> images.find(id));
    }

    /**
     * Writes a layer's tar, bit for bit as it came.
     *
     * @throws ImageException if it cannot be put together with the layer's digest any more; what was written is then of no use
     */
    public void tar(StoredLayer layer, OutputStream out) throws ImageException {
        StoreWork.guarded(() -> {
            DigestingOutput digesting = new DigestingOutput(out);
            try (Fd root = driver.view(new LayerTarget(layer.cacheId(), "image"))) {
                new TarSplit(db.split(Layers.chain(layer))).assemble(root, digesting);
            }
            Digest actual = digesting.digest();
            if (!actual.toString().equals(layer.diffId())) {
                throw new ImageException(ErrorCode.INTERNAL, "the layer " + layer.diffId() + " is damaged on the disk, its tar now has the digest "
                        + actual + ": see 'stowbook fsck'");
            }
            return true;
        });
    }

    /** The digest of an image's merged tree. Reads all of it. */
    public Digest tree(StoredImage image) throws ImageException {
        try (Arrivals held = begin()) {
            for (StoredLayer layer : image.layers()) {
                held.find(Layers.chain(layer)).orElseThrow(() -> new ImageException(
                        ErrorCode.INTERNAL, "the layer " + layer.diffId() + " of image " + image.id() + " is lost: see 'stowbook fsck'"));
            }
            return StoreWork.guarded(() -> image.layers().isEmpty() ? TreeDigest.ofNothing() : tree(image.layers().getLast()));
        }
    }

    private Digest tree(StoredLayer top) throws DriverException, LinuxException {
        FileCalls files = FileCalls.linux();
        try (Fd view = driver.view(new LayerTarget(top.cacheId(), "tree"));
                Fd root = files.open(view.number(), ".", LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            return TreeDigest.of(files, root);
        }
    }

    /** How long a layer's tar is. */
    public long tarBytes(StoredLayer layer) throws ImageException {
        return StoreWork.guarded(() -> new TarSplit(db.split(Layers.chain(layer))).length());
    }

    /**
     * Writes images as one tar.
     *
     * @param images each with what it is to be called
     * @param docker whether {@code docker load} is to read it as well; the tar is an OCI layout in any case
     */
    public void save(List<Arrivals.Arrived> images, boolean docker, OutputStream out) throws ImageException {
        StoreWork.guarded(() -> {
            new ImageArchive(this, out).write(images, docker);
            return true;
        });
    }

    /**
     * Writes a container's root file system as a tar. It is read from a copy of the container's own layer, since what runs may go on writing,
     * and a second mount of a layer that is in use is not to be relied on.
     */
    public void exportFrozen(String writableLayer, OutputStream out) throws ImageException {
        StoreWork.guarded(() -> {
            String copy = newCacheId.get();
            holds.hold(copy);
            try {
                driver.commit(new CommitRequest(writableLayer, copy, "export"));
                try (Fd view = driver.view(new LayerTarget(copy, "export"));
                        Fd root = FileCalls.linux().open(view.number(), ".", LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
                    LayerWriter writer = new LayerWriter(FileCalls.linux(), out);
                    writer.addDirectory(root.number());
                    writer.finish();
                }
            } finally {
                try {
                    driver.remove(new LayerTarget(copy, "export"));
                } finally {
                    holds.release(copy, () -> {});
                }
            }
            return true;
        });
    }

    /**
     * Removes an image's configuration and those of its layers that no other uses, topmost first; absent ones are success. What open
     * {@link Arrivals} hold stays for as long as they do.
     *
     * @param used whether the book has an image or a chain, asked in the very moment before it would go
     */
    public void remove(String imageId, List<StoredLayer> unshared, Predicate<String> used) throws ImageException {
        StoreWork.guarded(() -> {
            holds.remove(imageId, used, () -> images.remove(Digest.parse(imageId)));
            for (StoredLayer layer : unshared) {
                if (holds.remove(layer.chainId(), used, () -> db.remove(Layers.chain(layer)))) {
                    layers.removeFromDriver(layer.cacheId());
                }
            }
            return true;
        });
    }

    /**
     * Finds content that no event knows, while the store is in use: layers that are only half there are left, since somebody may be making them.
     * What is damaged is left for {@code fsck}. Mutates nothing.
     *
     * @param known what the book says is in use, asked after the driver, so that what came into the book meanwhile is known
     */
    public Garbage garbage(Supplier<Known> known) throws ImageException {
        return unknown(known, entry -> entry.presence() == Presence.PRESENT);
    }

    /** The same before anything works on the store: whoever was making something is gone. */
    public Garbage leftovers(Known known) throws ImageException {
        return unknown(() -> known, entry -> true);
    }

    /** First what is there, then what is held, then what is recorded, in the store and in the book: who makes something goes the same way. */
    private Garbage unknown(Supplier<Known> book, Predicate<LayerEntry> taken) throws ImageException {
        return StoreWork.guarded(() -> {
            List<String> there = driver.list().stream()
                    .filter(entry -> !entry.writable() && taken.test(entry) && !holds.held(entry.layerId()))
                    .map(LayerEntry::layerId)
                    .toList();
            List<Digest> ids = images.ids().stream().filter(id -> !holds.held(id.toString())).toList();
            Set<String> recorded = new HashSet<>();
            List<StoredLayer> free = new ArrayList<>();
            for (ChainId chain : db.chains()) {
                Optional<StoredLayer> layer = db.readable(chain);
                layer.ifPresent(each -> recorded.addAll(List.of(each.cacheId(), InitLayer.on(each.cacheId()))));
                layer.filter(each -> !holds.held(each.chainId())).ifPresent(free::add);
            }
            Known known = book.get();
            recorded.addAll(known.layers());
            return new Garbage(
                    ids.stream().filter(id -> !known.images().contains(id.toString())).toList(),
                    free.stream().filter(layer -> !known.chains().contains(layer.chainId())).toList(),
                    there.stream().filter(layer -> !recorded.contains(layer)).toList());
        });
    }

    /**
     * Removes garbage. A layer that a container still stands on is left for the next time.
     *
     * @param used whether the book has an image or a chain meanwhile
     */
    public void collect(Garbage garbage, Predicate<String> used) throws ImageException {
        StoreWork.guarded(() -> {
            for (Digest id : garbage.images()) {
                holds.remove(id.toString(), used, () -> images.remove(id));
            }
            Set<String> waiting = new HashSet<>(garbage.cacheIds());
            for (StoredLayer layer : garbage.layers()) {
                if (holds.remove(layer.chainId(), used, () -> db.remove(Layers.chain(layer)))) {
                    waiting.add(layer.cacheId());
                }
            }
            // A layer goes only when none stands on it any more, so a stack goes from its top.
            for (boolean progress = true; progress && !waiting.isEmpty(); ) {
                progress = false;
                for (String cacheId : List.copyOf(waiting)) {
                    if (layers.removeFromDriver(cacheId)) {
                        waiting.remove(cacheId);
                        progress = true;
                    }
                }
            }
            return true;
        });
    }

    /** The files that say again what the book says. */
    public ProjectedFiles projection() {
        return projected;
    }

    /**
     * Holds everything against the book. Reads all layers.
     *
     * @param newest the newest durable state
     * @param repair whether to make right what can be
     */
    public List<Finding> fsck(Supplier<State> newest, Refetch refetch, boolean repair, CheckProgress progress) throws ImageException {
        LayerRepair each = new LayerRepair(db, driver, layers, this);
        return StoreWork.guarded(() -> new Fsck(parts(), each, projected, refetch, newest, repair, progress).run());
    }
}

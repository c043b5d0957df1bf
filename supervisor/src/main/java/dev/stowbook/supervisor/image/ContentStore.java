package dev.stowbook.supervisor.image;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.layer.LayerWriter;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.LayerEntry;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Supplier;

/**
 * Images on disk, in Docker's shape, below {@code <root>/image/<driver>}: {@code imagedb} holds configurations as they came, {@code layerdb} says
 * which layer of the graph driver is which chain. Content comes first, the event that knows it second; what no event knows is garbage.
 *
 * <p>Every method blocks; call them on workers. Streams are taken in side by side; then one image at a time is unpacked. Whatever fails leaves
 * nothing behind and ends in one sentence.
 */
public final class ContentStore {
    private final Path directory;
    private final Path tmp;
    private final Platform host;
    private final ImageDb images;
    private final LayerDb layers;
    private final LayerDriver driver;
    private final LayerRegistry registry;
    /** How many open {@link Arrivals} hold an image or chain. Guarded by this. */
    private final Map<String, Integer> held = new HashMap<>();

    private ContentStore(
            Path directory, Path tmp, Platform host, ImageDb images, LayerDb layers, LayerDriver driver, Supplier<String> newCacheId) {
        this.directory = directory;
        this.tmp = tmp;
        this.host = host;
        this.images = images;
        this.layers = layers;
        this.driver = driver;
        this.registry = new LayerRegistry(layers, driver, newCacheId);
    }

    /**
     * Opens the store of one graph driver.
     *
     * @param root the daemon's root directory
     * @param driverName names the part of the store that speaks of this driver's layers
     * @param newCacheId draws an unused layer id: 64 lower-case hex digits
     */
    public static ContentStore open(Path root, String driverName, LayerDriver driver, Platform host, Supplier<String> newCacheId)
            throws IOException {
        Path directory = Files.createDirectories(root.resolve("image").resolve(driverName));
        Path tmp = Files.createDirectories(root.resolve("tmp"));
        return new ContentStore(
                directory,
                tmp,
                host,
                new ImageDb(directory.resolve("imagedb")),
                new LayerDb(directory.resolve("layerdb")),
                driver,
                newCacheId);
    }

    /** Makes an image of one layer from a root file system's tar, plain, gzip or zstd. Reads the stream to its end. */
    public Arrivals importRootfs(InputStream tar, ImportOptions options, LayerProgress progress) throws ImageException {
        return guarded(() -> {
            try (Spool spool = Spool.open(tmp)) {
                spool.take(tar);
                return importSpooled(spool, options, "imported from a tar", progress);
            }
        });
    }

    /** Makes an image of one layer from a directory. */
    public Arrivals importDirectory(Path rootfs, ImportOptions options, LayerProgress progress) throws ImageException {
        return guarded(() -> {
            try (Spool spool = Spool.open(tmp)) {
                writeTar(rootfs, spool.output());
                return importSpooled(spool, options, "imported from a directory", progress);
            }
        });
    }

    private static void writeTar(Path rootfs, OutputStream out) throws IOException, ImageException {
        FileCalls files = FileCalls.linux();
        try (Fd root = files.open(LibC.AT_FDCWD, RawPath.of(rootfs), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0);
                OutputStream buffered = new BufferedOutputStream(out, 256 * 1024)) {
            LayerWriter writer = new LayerWriter(files, buffered);
            writer.addDirectory(root.number());
            writer.finish();
        } catch (LinuxException e) {
            throw new ImageException(ErrorCode.INVALID, "the directory " + rootfs + " cannot be imported: " + e.getMessage(), e);
        }
    }

    private Arrivals importSpooled(Spool spool, ImportOptions options, String origin, LayerProgress progress)
            throws IOException, DriverException, ImageException {
        if (spool.size() == 0) {
            throw ImageException.invalid("the tar to import is empty: nothing was sent");
        }
        Digest diffId;
        try (MeasuredStream all = new MeasuredStream(spool.part(0, spool.size()), bytes -> {})) {
            all.drain();
            diffId = all.digest();
        }
        byte[] config = GeneratedConfig.of(diffId, options, host, origin);
        Staged.Blob blob = new Staged.Blob(
                "of the imported file system", Optional.empty(), Optional.empty(), () -> spool.part(0, spool.size()));
        return store(List.of(Staged.of(config, List.of(blob), options.references())), progress);
    }

    /** Takes in the tar of an OCI image layout or of a docker archive, plain, gzip or zstd. Reads the stream to its end. */
    public Arrivals load(InputStream archive, LayerProgress progress) throws ImageException {
        return guarded(() -> {
            try (Spool spool = Spool.open(tmp)) {
                spool.take(archive);
                return load(Archive.ofTar(spool), progress);
            }
        });
    }

    /** Takes in an OCI image layout or an unpacked docker archive, or the tar of either. */
    public Arrivals load(Path source, LayerProgress progress) throws ImageException {
        return guarded(() -> {
            if (Files.isDirectory(source)) {
                try (Archive archive = Archive.ofDirectory(source)) {
                    return load(archive, progress);
                }
            }
            try (InputStream in = Files.newInputStream(source)) {
                return load(in, progress);
            }
        });
    }

    private Arrivals load(Archive archive, LayerProgress progress) throws IOException, DriverException, ImageException {
        // docker save writes both kinds at once; only its own has whole names
        if (archive.document(DockerArchive.MANIFEST).isPresent()) {
            return store(DockerArchive.read(archive), progress);
        }
        if (archive.document(OciLayout.INDEX).isPresent()) {
            return store(OciLayout.read(archive, host), progress);
        }
        throw ImageException.invalid("this is no image archive: it has neither " + DockerArchive.MANIFEST + " nor " + OciLayout.INDEX
                + "; a root file system's tar is taken in by import");
    }

    private synchronized Arrivals store(List<Staged> staged, LayerProgress progress)
            throws IOException, DriverException, ImageException {
        List<StoredLayer> made = new ArrayList<>();
        List<Digest> added = new ArrayList<>();
        try {
            List<Arrivals.Arrived> arrived = new ArrayList<>();
            for (Staged image : staged) {
                List<StoredLayer> stack = storeLayers(image, made, progress);
                if (images.put(image.id(), image.configBytes())) {
                    added.add(image.id());
                }
                arrived.add(new Arrivals.Arrived(stored(image.id(), image.config(), stack), image.references()));
            }
            return hold(arrived);
        } catch (IOException | DriverException | ImageException | RuntimeException | Error e) {
            undo(made, added, e);
            throw e;
        }
    }

    private List<StoredLayer> storeLayers(Staged image, List<StoredLayer> made, LayerProgress progress)
            throws IOException, DriverException, ImageException {
        List<Digest> diffIds = image.config().diffIds();
        List<ChainId> chains = ChainId.ofStack(diffIds);
        List<StoredLayer> stack = new ArrayList<>();
        for (int i = 0; i < chains.size(); i++) {
            Optional<StoredLayer> known = registry.find(chains.get(i));
            if (known.isPresent()) {
                progress.layer(diffIds.get(i), LayerProgress.State.EXISTS, 0);
                stack.add(known.get());
                continue;
            }
            Optional<StoredLayer> below = i == 0 ? Optional.empty() : Optional.of(stack.getLast());
            progress.layer(diffIds.get(i), LayerProgress.State.APPLYING, 0);
            StoredLayer layer = registry.make(image.layers().get(i), diffIds.get(i), chains.get(i), below, progress);
            made.add(layer);
            stack.add(layer);
        }
        return stack;
    }

    private void undo(List<StoredLayer> made, List<Digest> added, Throwable failure) {
        try {
            for (Digest id : added.reversed()) {
                images.remove(id);
            }
            for (StoredLayer layer : made.reversed()) {
                registry.remove(layer);
            }
        } catch (IOException | ImageException e) {
            failure.addSuppressed(e); // what is left is garbage, and found as such
        }
    }

    private static StoredImage stored(Digest id, ImageConfig config, List<StoredLayer> stack) {
        return new StoredImage(id.toString(), stack, config.run(), config.architecture(), config.os(), config.created());
    }

    private Arrivals hold(List<Arrivals.Arrived> arrived) {
        List<String> keys = new ArrayList<>();
        for (Arrivals.Arrived one : arrived) {
            keys.add(one.image().id());
            one.image().layers().forEach(layer -> keys.add(layer.chainId()));
        }
        keys.forEach(key -> held.merge(key, 1, Integer::sum));
        return new Arrivals(arrived, () -> release(keys));
    }

    private synchronized void release(List<String> keys) {
        keys.forEach(key -> held.computeIfPresent(key, (k, count) -> count == 1 ? null : count - 1));
    }

    /** An image as the disk has it; empty if its configuration or one of its layers is missing. */
    public synchronized Optional<StoredImage> find(Digest id) throws ImageException {
        return guarded(() -> {
            Optional<byte[]> bytes = images.find(id);
            if (bytes.isEmpty()) {
                return Optional.empty();
            }
            ImageConfig config = ImageConfig.parse(bytes.get());
            List<StoredLayer> stack = new ArrayList<>();
            for (ChainId chain : ChainId.ofStack(config.diffIds())) {
                Optional<StoredLayer> layer = layers.find(chain);
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
        return guarded(() -> images.find(id));
    }

    /**
     * Removes an image's configuration and those of its layers that no other uses, topmost first; absent ones are success. What an open
     * {@link Arrivals} holds stays.
     */
    public synchronized void remove(String imageId, List<StoredLayer> unshared) throws ImageException {
        guarded(() -> {
            if (!held.containsKey(imageId)) {
                images.remove(Digest.parse(imageId));
            }
            for (StoredLayer layer : unshared) {
                if (!held.containsKey(layer.chainId())) {
                    registry.remove(layer);
                }
            }
            return true;
        });
    }

    /**
     * Finds content that no event knows. Mutates nothing.
     *
     * @param knownImages ids ({@code sha256:...}) of all images that the state has
     * @param containerLayers ids of all layers that containers have, or are about to have
     */
    public synchronized Garbage garbage(Set<String> knownImages, Set<String> containerLayers) throws ImageException {
        return guarded(() -> {
            List<Digest> unknown = new ArrayList<>();
            Set<ChainId> used = new HashSet<>();
            for (Digest id : images.ids()) {
                if (knownImages.contains(id.toString()) || held.containsKey(id.toString())) {
                    used.addAll(ChainId.ofStack(ImageConfig.parse(images.find(id).orElseThrow()).diffIds()));
                } else {
                    unknown.add(id);
                }
            }
            List<StoredLayer> unused = new ArrayList<>();
            Set<String> recorded = new HashSet<>();
            for (ChainId chain : layers.chains()) {
                StoredLayer layer = layers.find(chain).orElseThrow();
                recorded.add(layer.cacheId());
                if (!used.contains(chain)) {
                    unused.add(layer);
                }
            }
            List<String> orphans = driver.list().stream()
                    .filter(entry -> !entry.writable())
                    .map(LayerEntry::layerId)
                    .filter(layer -> !recorded.contains(layer) && !containerLayers.contains(layer))
                    .toList();
            return new Garbage(unknown, unused, orphans);
        });
    }

    /** Removes garbage. A layer that a container still stands on is left for the next time. */
    public synchronized void collect(Garbage garbage) throws ImageException {
        guarded(() -> {
            for (Digest id : garbage.images()) {
                images.remove(id);
            }
            Set<String> waiting = new HashSet<>(garbage.cacheIds());
            for (StoredLayer layer : garbage.layers()) {
                layers.remove(new ChainId(Digest.parse(layer.chainId())));
                waiting.add(layer.cacheId());
            }
            // A layer goes only when none stands on it any more, so a stack goes from its top.
            for (boolean progress = true; progress && !waiting.isEmpty(); ) {
                progress = false;
                for (String cacheId : List.copyOf(waiting)) {
                    if (registry.removeFromDriver(cacheId)) {
                        waiting.remove(cacheId);
                        progress = true;
                    }
                }
            }
            return true;
        });
    }

    /** Writes {@code repositories.json} from the state's references; replaces it in one step. */
    public void writeRepositories(SortedMap<String, String> imagesByReference) throws ImageException {
        guarded(() -> {
            RepositoriesFile.write(directory.resolve("repositories.json"), imagesByReference);
            return true;
        });
    }

    private interface Work<T> {
        T run() throws IOException, DriverException, ImageException;
    }

    private static <T> T guarded(Work<T> work) throws ImageException {
        try {
            return work.run();
        } catch (DriverException e) {
            throw LayerRegistry.failed(e);
        } catch (IOException e) {
            String message = String.valueOf(e.getMessage());
            boolean full = message.contains("No space left on device") || message.contains("Disk quota exceeded");
            throw new ImageException(
                    full ? ErrorCode.DISK_FULL : ErrorCode.INTERNAL,
                    full ? "the disk of the daemon's root is full: make room, then try again" : "the image store failed: " + message,
                    e);
        }
    }
}

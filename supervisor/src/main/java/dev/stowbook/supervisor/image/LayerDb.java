package dev.stowbook.supervisor.image;

import dev.stowbook.supervisor.model.StoredLayer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Which layers the graph driver holds, in Docker's shape: {@code layerdb/sha256/<chain>/} with {@code cache-id} (the driver's name for it),
 * {@code diff} (the DiffID), {@code parent} (the chain below, absent for a base layer), {@code size} and {@code tar-split.json.gz} (what the layer's tar has beside its
 * files' contents).
 */
final class LayerDb {
    private static final String SPLIT = "tar-split.json.gz";

    private final Path directory;
    private final Path fresh;

    LayerDb(Path layerdb) throws IOException {
        directory = Files.createDirectories(layerdb.resolve("sha256"));
        fresh = Files.createDirectories(layerdb.resolve("tmp"));
        try (var leftovers = Files.newDirectoryStream(fresh)) {
            for (Path leftover : leftovers) {
                AtomicFiles.remove(leftover);
            }
        }
    }

    /** Where to write what its tar has beside files, before a layer is recorded. */
    Path splitOf(String cacheId) {
        return fresh.resolve(cacheId + ".split");
    }

    /** The same of a recorded layer. */
    Path split(ChainId chain) {
        return directory.resolve(chain.digest().hex()).resolve(SPLIT);
    }

    /**
     * Records a layer that the driver has made, unless its chain is recorded by now.
     *
     * @param split from {@link #splitOf}; moved
     * @param before done before the record stands
     * @return what is recorded
     */
    synchronized StoredLayer put(StoredLayer layer, Optional<ChainId> below, Path split, Runnable before) throws IOException {
        Optional<StoredLayer> known = find(new ChainId(Digest.parse(layer.chainId())));
        if (known.isPresent()) {
            return known.get();
        }
        String hex = Digest.parse(layer.chainId()).hex();
        Path entry = fresh.resolve(hex);
        AtomicFiles.remove(entry);
        Files.createDirectory(entry);
        writeText(entry, "cache-id", layer.cacheId());
        writeText(entry, "diff", layer.diffId());
        if (below.isPresent()) {
            writeText(entry, "parent", below.get().toString());
        }
        writeText(entry, "size", Long.toString(layer.sizeBytes()));
        AtomicFiles.sync(split);
        Files.move(split, entry.resolve(SPLIT), StandardCopyOption.ATOMIC_MOVE);
        AtomicFiles.syncDirectory(entry);
        before.run();
        Files.move(entry, directory.resolve(hex), StandardCopyOption.ATOMIC_MOVE);
        AtomicFiles.syncDirectory(directory);
        return layer;
    }

    private static void writeText(Path entry, String name, String text) throws IOException {
        AtomicFiles.writeSynced(entry.resolve(name), text.getBytes(StandardCharsets.US_ASCII));
    }

    /** What is recorded of a layer. @throws IOException if its files are damaged, naming them */
    Optional<StoredLayer> find(ChainId chain) throws IOException {
        Path entry = directory.resolve(chain.digest().hex());
        try {
            String cacheId = Files.readString(entry.resolve("cache-id"));
            String diffId = Files.readString(entry.resolve("diff"));
            String size = Files.readString(entry.resolve("size"));
            if (!cacheId.matches("[0-9a-f]{1,64}") || !size.matches("[0-9]{1,18}")) {
                throw new IOException("the layer's record in " + entry + " is damaged: remove the directory and load the image again");
            }
            return Optional.of(new StoredLayer(diffId, chain.toString(), cacheId, Long.parseLong(size)));
        } catch (NoSuchFileException e) {
            if (Files.isDirectory(entry)) {
                throw new IOException(
                        "the layer's record in " + entry + " lacks a file: remove the directory and load the image again", e);
            }
            return Optional.empty();
        }
    }

    /** Which chain a layer is recorded to stand on. */
    Optional<ChainId> parent(ChainId chain) throws IOException {
        try {
            return Optional.of(ChainId.parse(Files.readString(directory.resolve(chain.digest().hex()).resolve("parent"))));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            throw new IOException("the layer's record names its parent badly: " + e.getMessage(), e);
        }
    }

    /** What is recorded of a layer, if its record can be read. */
    Optional<StoredLayer> readable(ChainId chain) {
        try {
            return find(chain);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Forgets a layer if it still is that one of the driver. */
    synchronized void remove(ChainId chain, String cacheId) throws IOException {
        if (find(chain).filter(layer -> layer.cacheId().equals(cacheId)).isPresent()) {
            remove(chain);
        }
    }

    synchronized void remove(ChainId chain) throws IOException {
        String hex = chain.digest().hex();
        Path entry = directory.resolve(hex);
        if (!Files.isDirectory(entry)) {
            return;
        }
        // In one step it is no layer any more; what then is left is swept at the next start.
        Path grave = fresh.resolve(hex + ".old");
        AtomicFiles.remove(grave);
        Files.move(entry, grave, StandardCopyOption.ATOMIC_MOVE);
        AtomicFiles.syncDirectory(directory);
        AtomicFiles.remove(grave);
    }

    /** All recorded chains, sorted. */
    List<ChainId> chains() throws IOException {
        TreeSet<Digest> found = new TreeSet<>();
        try (var entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (name.matches("[0-9a-f]{64}")) {
                    found.add(new Digest(name));
                }
            }
        }
        List<ChainId> chains = new ArrayList<>();
        found.forEach(digest -> chains.add(new ChainId(digest)));
        return chains;
    }
}

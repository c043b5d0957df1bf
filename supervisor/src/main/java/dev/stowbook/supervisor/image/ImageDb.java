package dev.stowbook.supervisor.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Image configurations as they came, named by their digest: {@code imagedb/content/sha256/<id>}. Any thread: two arrivals may bring the same
 * image at once.
 */
final class ImageDb {
    private final Path content;

    ImageDb(Path imagedb) throws IOException {
        content = Files.createDirectories(imagedb.resolve("content").resolve("sha256"));
        Files.createDirectories(imagedb.resolve("metadata").resolve("sha256"));
        try (var cutOff = Files.newDirectoryStream(content, "*.new")) {
            for (Path file : cutOff) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Stores a configuration; a damaged one is replaced. Says whether there was none. */
    synchronized boolean put(Digest id, byte[] config) throws IOException {
        Path file = content.resolve(id.hex());
        boolean absent = !Files.exists(file);
        if (absent || !Arrays.equals(Files.readAllBytes(file), config)) {
            AtomicFiles.write(file, config);
        }
        return absent;
    }

    /** A configuration's bytes. @throws IOException if they do not have their digest any more */
    Optional<byte[]> find(Digest id) throws IOException {
        Path file = content.resolve(id.hex());
        try {
            byte[] config = Files.readAllBytes(file);
            if (!Digest.of(config).equals(id)) {
                throw new IOException(file + " does not have the digest that is its name: it is damaged, remove it and load the image again");
            }
            return Optional.of(config);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    synchronized void remove(Digest id) throws IOException {
        Files.deleteIfExists(content.resolve(id.hex()));
        AtomicFiles.syncDirectory(content);
    }

    List<Digest> ids() throws IOException {
        TreeSet<Digest> found = new TreeSet<>();
        try (var entries = Files.newDirectoryStream(content)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (name.matches("[0-9a-f]{64}")) {
                    found.add(new Digest(name));
                }
            }
        }
        return new ArrayList<>(found);
    }
}

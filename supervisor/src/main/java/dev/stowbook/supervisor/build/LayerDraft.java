package dev.stowbook.supervisor.build;

import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.layer.TarEntry;
import dev.stowbook.linux.layer.TarWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A layer being made without a container: what it changes of the image below. It can be looked at as the image that it will make. Directories
 * above its files are part of it as they are below, as in a layer that a container wrote.
 */
final class LayerDraft implements FileTree {
    private record Item(TarEntry entry, Optional<FileTree> from, String source) {}

    private final FileTree below;
    private final Map<String, Item> items = new TreeMap<>();
    private boolean newFiles;

    LayerDraft(FileTree below) {
        this.below = below;
    }

    @Override
    public Optional<TarEntry> find(String path) throws IOException {
        Item item = items.get(path);
        return item != null ? Optional.of(item.entry()) : below.find(path);
    }

    @Override
    public List<String> names(String directory) throws IOException {
        TreeSet<String> names = new TreeSet<>(below.find(directory).isPresent() ? below.names(directory) : List.of());
        items.keySet().stream()
                .filter(path -> !path.isEmpty() && RawPath.parent(path).equals(directory))
                .forEach(path -> names.add(RawPath.name(path)));
        return List.copyOf(names);
    }

    @Override
    public InputStream open(String path) throws IOException {
        Item item = items.get(path);
        return item != null && item.from().isPresent() ? item.from().get().open(item.source()) : below.open(path);
    }

    @Override
    public String digest(String path) throws IOException {
        Item item = items.get(path);
        return item != null && item.from().isPresent() ? item.from().get().digest(item.source()) : below.digest(path);
    }

    /** Whether it changes nothing of the image below. */
    boolean isEmpty() {
        return !newFiles;
    }

    /** Makes a directory with those above it that are missing, all for an owner; links on the way are followed. @return where it is */
    String makeDirectories(String path, Owner owner) throws IOException, BuildException {
        String at = resolve(path);
        StringBuilder prefix = new StringBuilder();
        for (String name : at.split("/")) {
            prefix.append(prefix.isEmpty() ? "" : "/").append(name);
            String each = prefix.toString();
            Optional<TarEntry> there = find(each);
            if (there.isEmpty()) {
                put(new TarEntry(each, TarEntry.Kind.DIRECTORY, 0755, owner.uid(), owner.gid(), 0, 0, 0, "", 0, 0, new TreeMap<>()), Optional.empty(), "");
            } else if (there.get().kind() != TarEntry.Kind.DIRECTORY) {
                throw BuildException.invalid("\"/" + RawPath.display(each) + "\" in the image is no directory, so nothing can be put into it");
            }
        }
        return at;
    }

    /** Puts a file, link or directory at a path whose directory is there; its bytes come from another tree. */
    void put(TarEntry entry, Optional<FileTree> from, String source) throws IOException, BuildException {
        if (RawPath.name(entry.path()).startsWith(".wh.")) {
            throw BuildException.invalid("\"" + RawPath.display(entry.path()) + "\" has a name that means a deletion in a layer: rename it");
        }
        boolean directory = entry.kind() == TarEntry.Kind.DIRECTORY;
        Optional<TarEntry> there = find(entry.path());
        if (there.isPresent() && (there.get().kind() == TarEntry.Kind.DIRECTORY) != directory) {
            throw BuildException.invalid("\"/" + RawPath.display(entry.path()) + "\" is a directory "
                    + (directory ? "where it comes from, but not in the image" : "in the image, but not where it comes from")
                    + ": remove it with RUN first, or choose another place");
        }
        keepAbove(entry.path());
        items.put(entry.path(), new Item(entry, from, source));
        newFiles = true;
    }

    private void keepAbove(String path) throws IOException {
        for (String above = RawPath.parent(path); !above.isEmpty() && !items.containsKey(above); above = RawPath.parent(above)) {
            Optional<TarEntry> there = below.find(above);
            if (there.isPresent()) {
                items.put(above, new Item(there.get(), Optional.empty(), ""));
            }
        }
    }

    /** Writes it as a layer's tar; no time is later than {@code latestSeconds}. */
    void write(OutputStream out, long latestSeconds, long newSeconds) throws IOException {
        try (OutputStream buffered = new BufferedOutputStream(out, 256 * 1024)) {
            TarWriter tar = new TarWriter(buffered);
            byte[] buffer = new byte[128 * 1024];
            for (Item item : items.values()) {
                TarEntry entry = timed(item.entry(), latestSeconds, newSeconds);
                tar.begin(entry);
                if (entry.kind() == TarEntry.Kind.FILE && entry.sizeBytes() > 0) {
                    try (InputStream in = item.from().orElse(below).open(item.source())) {
                        for (long left = entry.sizeBytes(); left > 0; ) {
                            int got = in.read(buffer, 0, (int) Math.min(left, buffer.length));
                            if (got < 0) {
                                throw new IOException(entry.display() + " became shorter while it was copied");
                            }
                            tar.write(buffer, got);
                            left -= got;
                        }
                    }
                }
            }
            tar.finish();
        }
    }

    /** What was made here has no time of its own. */
    private static TarEntry timed(TarEntry e, long latestSeconds, long newSeconds) {
        long seconds = e.mtimeSeconds() == 0 && e.kind() == TarEntry.Kind.DIRECTORY ? newSeconds : e.mtimeSeconds();
        boolean late = seconds > latestSeconds;
        return new TarEntry(
                e.path(), e.kind(), e.permissions(), e.uid(), e.gid(), e.sizeBytes(), late ? latestSeconds : seconds, late ? 0 : e.mtimeNanos(),
                e.linkTarget(), e.devMajor(), e.devMinor(), e.xattrs());
    }

    /** The SHA-256 of all that it puts there: paths, kinds, modes, owners, contents; not times, and nothing of what is above its files. */
    String contentDigest() throws IOException {
        MessageDigest all = TarTree.sha256();
        for (Item item : items.values()) {
            TarEntry e = item.entry();
            boolean fromBelow = item.from().isEmpty() && below.find(e.path()).isPresent();
            if (fromBelow) {
                continue;
            }
            String line = e.path() + "\0" + e.kind() + "\0" + Integer.toOctalString(e.permissions()) + "\0" + e.uid() + ":" + e.gid() + "\0" + e.linkTarget()
                    + "\0" + e.devMajor() + ":" + e.devMinor() + "\0"
                    + (e.kind() == TarEntry.Kind.FILE ? item.from().orElse(below).digest(item.source()) : "") + "\n";
            all.update(line.getBytes(StandardCharsets.ISO_8859_1));
            e.xattrs().forEach((name, value) -> {
                all.update((name + "=").getBytes(StandardCharsets.ISO_8859_1));
                all.update(value);
            });
        }
        return HexFormat.of().formatHex(all.digest());
    }
}

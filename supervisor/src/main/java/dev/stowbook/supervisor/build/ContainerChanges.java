package dev.stowbook.supervisor.build;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.layer.LayerException;
import dev.stowbook.linux.layer.TarEntry;
import dev.stowbook.linux.layer.TarReader;
import dev.stowbook.linux.layer.TarWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a command changed, without what every container has: the places where proc, sys, dev, and the files of names and addresses are mounted. A
 * directory that differs from the image's only because such a place was made in it is left out, too.
 */
public final class ContainerChanges {
    private static final String ETC = "etc";
    private static final Set<String> PLACES = Set.of("proc", "sys", "dev", "etc/hosts", "etc/hostname", "etc/resolv.conf");
    private static final Set<String> ABOVE = Set.of("", ETC);

    private ContainerChanges() {}

    /**
     * Writes them.
     *
     * @param diff the tar of a container's writable layer; read to its end
     * @param below a descriptor of the mounted image; the caller's
     */
    public static void write(InputStream diff, Fd below, LayerFile changes) throws IOException {
        // Directories come before what is in them, so whether one matters is known only when what follows it is.
        TarReader tar = new TarReader(diff);
        FileTree image = new ImageTree(below);
        try (OutputStream out = new BufferedOutputStream(changes.output(), 256 * 1024)) {
            TarWriter writer = new TarWriter(out);
            PendingDirectories pending = new PendingDirectories(image, writer);
            byte[] buffer = new byte[128 * 1024];
            for (Optional<TarEntry> next = tar.next(); next.isPresent(); next = tar.next()) {
                TarEntry entry = next.get();
                String path = FileTree.inRoot(entry.path());
                if (PLACES.contains(path)) {
                    continue;
                }
                if (ABOVE.contains(path) && entry.kind() == TarEntry.Kind.DIRECTORY) {
                    pending.put(path, entry);
                    continue;
                }
                pending.release(path);
                writer.begin(entry);
                for (int got = tar.read(buffer, buffer.length); got > 0; got = tar.read(buffer, buffer.length)) {
                    writer.write(buffer, got);
                }
            }
            pending.releaseChanged();
            writer.finish();
        } catch (LayerException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Directories that may be there for a place alone, until something shows that they are not. */
    private static final class PendingDirectories {
        private final FileTree image;
        private final TarWriter writer;
        private final SortedMap<String, TarEntry> held = new TreeMap<>();

        PendingDirectories(FileTree image, TarWriter writer) {
            this.image = image;
            this.writer = writer;
        }

        void put(String path, TarEntry entry) {
            held.put(path, entry);
        }

        /** Something is to be written, perhaps in one of them. */
        void release(String path) throws IOException {
            TarEntry above = held.remove(path.startsWith(ETC + "/") ? ETC : path);
            if (above != null) {
                writer.begin(above);
            }
        }

        /** Those that the image has otherwise. */
        void releaseChanged() throws IOException {
            for (TarEntry now : held.values()) {
                Optional<TarEntry> before = image.find(FileTree.inRoot(now.path()));
                boolean changed = before.isPresent()
                        && (before.get().permissions() != now.permissions() || before.get().uid() != now.uid() || before.get().gid() != now.gid());
                if (changed) {
                    writer.begin(now);
                }
            }
        }
    }
}

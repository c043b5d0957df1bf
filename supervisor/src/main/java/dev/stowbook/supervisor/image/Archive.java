package dev.stowbook.supervisor.image;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.layer.LayerException;
import dev.stowbook.linux.layer.TarEntry;
import dev.stowbook.linux.layer.TarReader;
import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Named files that images come in: a directory, or a tar. Nothing outside of it is ever opened, whatever the names say. */
abstract class Archive implements AutoCloseable {
    private static final int MAX_DOCUMENT_BYTES = 8 << 20;

    /** Opens a file; empty if there is none of that name. */
    abstract Optional<InputStream> open(String name) throws IOException, ImageException;

    @Override
    public abstract void close() throws IOException;

    /** Reads a whole small file. */
    Optional<byte[]> document(String name) throws IOException, ImageException {
        Optional<InputStream> found = open(name);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream in = found.get()) {
            byte[] bytes = in.readNBytes(MAX_DOCUMENT_BYTES + 1);
            if (bytes.length > MAX_DOCUMENT_BYTES) {
                throw ImageException.invalid("the file " + name + " of the image archive is larger than " + MAX_DOCUMENT_BYTES + " bytes");
            }
            return Optional.of(bytes);
        }
    }

    /** As {@link #document}, for one that must be there. */
    byte[] requiredDocument(String name) throws IOException, ImageException {
        return document(name).orElseThrow(() -> missing(name));
    }

    static ImageException missing(String name) {
        return ImageException.invalid("the image archive has no file " + name + ": it is incomplete, make it again");
    }

    /** A directory. */
    static Archive ofDirectory(Path directory) throws IOException {
        FileCalls files = FileCalls.linux();
        Fd root;
        try {
            root = files.open(LibC.AT_FDCWD, RawPath.of(directory) + "/.", LibC.O_PATH | LibC.O_DIRECTORY, 0, 0);
        } catch (LinuxException e) {
            throw new IOException(e.getMessage(), e);
        }
        return new Archive() {
            @Override
            Optional<InputStream> open(String name) throws IOException {
                try (Fd file = files.open(root.number(), RawPath.ofText(name), LibC.O_RDONLY, 0, FileCalls.RESOLVE_BENEATH)) {
                    return Optional.of(new FileInputStream(file.procPath()));
                } catch (LinuxException e) {
                    return switch (e.errno()) {
                        case Errno.ENOENT, Errno.ENOTDIR, Errno.EXDEV, Errno.ELOOP -> Optional.empty();
                        default -> throw new IOException(e.getMessage(), e);
                    };
                }
            }

            @Override
            public void close() {
                root.close();
            }
        };
    }

    private record Part(long offset, long length) {}

    /** A plain tar in a spool, which it then owns. @throws ImageException if it is damaged */
    static Archive ofTar(Spool spool) throws IOException, ImageException {
        Map<String, Part> parts = new HashMap<>();
        Map<String, String> links = new HashMap<>();
        Counted counted = new Counted(spool.part(0, spool.size()));
        try {
            TarReader reader = new TarReader(counted);
            for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                index(entry.get(), counted.count, parts, links);
            }
        } catch (LayerException e) {
            throw ImageException.invalid("the image archive cannot be read: " + e.getMessage());
        }
        return new Archive() {
            @Override
            Optional<InputStream> open(String name) {
                String at = clean(name);
                for (int hops = 0; hops < 8 && links.containsKey(at); hops++) {
                    at = links.get(at);
                }
                return Optional.ofNullable(parts.get(at)).map(part -> spool.part(part.offset(), part.length()));
            }

            @Override
            public void close() throws IOException {
                spool.close();
            }
        };
    }

    private static void index(TarEntry entry, long offset, Map<String, Part> parts, Map<String, String> links) {
        String name = clean(RawPath.display(entry.path()));
        switch (entry.kind()) {
            case FILE -> parts.put(name, new Part(offset, entry.sizeBytes()));
            // docker save of old wrote a layer that two images share once, and a link beside it
            case SYMLINK -> links.put(name, clean(RawPath.parent(name) + "/" + RawPath.display(entry.linkTarget())));
            case HARD_LINK -> links.put(name, clean(RawPath.display(entry.linkTarget())));
            case DIRECTORY, CHARACTER_DEVICE, BLOCK_DEVICE, FIFO -> {
                // holds no data
            }
        }
    }

    /** A name without {@code .}, {@code ..} and doubled slashes. */
    private static String clean(String name) {
        ArrayDeque<String> parts = new ArrayDeque<>();
        for (String part : name.split("/")) {
            if (part.equals("..")) {
                parts.pollLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        return String.join("/", parts);
    }

    /** Counts what the tar's reader has taken: after a header, that is where the member's data begins. */
    private static final class Counted extends FilterInputStream {
        private long count;

        Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int b = super.read();
            count += b < 0 ? 0 : 1;
            return b;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int got = super.read(buffer, offset, length);
            count += Math.max(got, 0);
            return got;
        }
    }
}

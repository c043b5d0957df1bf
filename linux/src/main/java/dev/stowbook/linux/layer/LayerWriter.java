package dev.stowbook.linux.layer;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.Trees;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Writes files as a layer's tar: names sorted within their directory, deletions as {@code .wh.} entries, a file's further names as hard
 * links. Sockets and the host's labels are left out. Writes one tar, on one thread.
 */
public final class LayerWriter {
    private static final SortedMap<String, byte[]> NO_XATTRS = Collections.unmodifiableSortedMap(new TreeMap<>());

    private final FileCalls files;
    private final TarWriter tar;
    private final Map<Long, String> linked = new HashMap<>();

    public LayerWriter(FileCalls files, OutputStream out) {
        this.files = files;
        this.tar = new TarWriter(out);
    }

    /** An I/O failure of the stream inside a walk, which knows failures of the kernel only. */
    private static final class StreamFailed extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final IOException failure;

        StreamFailed(IOException failure) {
            super(failure);
            this.failure = failure;
        }
    }

    /**
     * Writes what an overlay layer says of those below it, marks turned into entries.
     *
     * @throws IOException of the stream, or for a name that a layer would take for a deletion
     */
    public void addOverlayLayer(int layerFd, LowerLayers below) throws IOException, LinuxException {
        new OverlayWalk(files, below).walk(layerFd, new OverlayWalk.Visitor() {
            @Override
            public void present(OverlayWalk.Place place, String path, FileStatus status, OverlayWalk.Place data)
                    throws IOException, LinuxException {
                add(place, path, status, data);
            }

            @Override
            public void deleted(String path) throws IOException {
                addWhiteout(path);
            }

            @Override
            public void opaque(String path) throws IOException {
                addEmpty(RawPath.join(path, Whiteouts.OPAQUE));
            }
        });
    }

    /** Writes all of a plain directory. @throws IOException of the stream, or for a name that a layer would take for a deletion */
    public void addDirectory(int directoryFd) throws IOException, LinuxException {
        try {
            new Trees(files).walk(directoryFd, (dirFd, name, path, status) -> {
                try {
                    add(dirFd, name, path, status);
                } catch (IOException e) {
                    throw new StreamFailed(e);
                }
                return true;
            });
        } catch (StreamFailed e) {
            throw e.failure;
        }
    }

    /** Says that a path of the layers below is deleted. */
    public void addWhiteout(String path) throws IOException {
        addEmpty(RawPath.join(RawPath.parent(path), Whiteouts.PREFIX + RawPath.name(path)));
    }

    private void addEmpty(String path) throws IOException {
        tar.begin(new TarEntry(path, TarEntry.Kind.FILE, 0, 0, 0, 0, 0, 0, "", 0, 0, NO_XATTRS));
    }

    /**
     * Writes one file as it is now. A regular file that shrinks meanwhile is filled up with zeros, one that grows is cut.
     *
     * @param dirFd the directory it lies in
     * @param name its name there; empty for the directory itself
     * @param path its path in the layer; empty for the root
     * @param status what it is
     */
    public void add(int dirFd, String name, String path, FileStatus status) throws IOException, LinuxException {
        OverlayWalk.Place place = new OverlayWalk.Place(dirFd, name);
        add(place, path, status, place);
    }

    private void add(OverlayWalk.Place place, String path, FileStatus status, OverlayWalk.Place data)
            throws IOException, LinuxException {
        if (RawPath.name(path).startsWith(Whiteouts.PREFIX)) {
            throw new IOException("\"" + RawPath.display(path) + "\" has a name that means a deletion in a layer: rename it");
        }
        switch (status.type()) {
            case FileStatus.S_IFDIR -> begin(place, path.isEmpty() ? "./" : path, status, TarEntry.Kind.DIRECTORY, "");
            case FileStatus.S_IFLNK ->
                begin(place, path, status, TarEntry.Kind.SYMLINK, files.readLink(place.dirFd(), place.path()));
            case FileStatus.S_IFREG -> addRegular(place, path, status, data);
            case FileStatus.S_IFCHR -> begin(place, path, status, TarEntry.Kind.CHARACTER_DEVICE, "");
            case FileStatus.S_IFBLK -> begin(place, path, status, TarEntry.Kind.BLOCK_DEVICE, "");
            case FileStatus.S_IFIFO -> begin(place, path, status, TarEntry.Kind.FIFO, "");
            default -> {
                // a socket means nothing without the process that listened on it
            }
        }
    }

    private void addRegular(OverlayWalk.Place place, String path, FileStatus status, OverlayWalk.Place data)
            throws IOException, LinuxException {
        String first = status.links() > 1 ? linked.putIfAbsent(status.inode(), path) : null;
        if (first != null) {
            begin(place, path, status, TarEntry.Kind.HARD_LINK, first);
            return;
        }
        try (Fd file = files.open(data.dirFd(), data.path(), LibC.O_RDONLY, 0, FileCalls.RESOLVE_BENEATH)) {
            begin(place, path, status, TarEntry.Kind.FILE, "");
            tar.writeAll(files, file.number());
        }
    }

    private void begin(OverlayWalk.Place place, String path, FileStatus status, TarEntry.Kind kind, String target)
            throws IOException, LinuxException {
        SortedMap<String, byte[]> xattrs = kind == TarEntry.Kind.HARD_LINK ? NO_XATTRS : xattrs(place.dirFd(), place.path());
        tar.begin(TarEntry.of(path, kind, status, status.uid(), status.gid(), target, xattrs));
    }

    private SortedMap<String, byte[]> xattrs(int dirFd, String name) throws LinuxException {
        SortedMap<String, byte[]> found = NO_XATTRS;
        for (String xattr : files.xattrNames(dirFd, name)) {
            if (!xattr.startsWith(LowerLayers.OVERLAY_XATTR_PREFIX) && !xattr.equals("security.selinux")) {
                var value = files.xattr(dirFd, name, xattr);
                if (value.isPresent()) {
                    found = found.isEmpty() ? new TreeMap<>() : found;
                    found.put(xattr, value.get());
                }
            }
        }
        return found;
    }

    /** Writes the end mark. Does not close the stream. */
    public void finish() throws IOException {
        tar.finish();
    }
}

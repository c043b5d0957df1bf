package dev.stowbook.linux.layer;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.RawPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The merged view of a stack of overlay layers, looked at without mounting it: a name is what the topmost layer that has it says,
 * unless a whiteout or an opaque directory hides it (overlayfs.rst, "whiteouts and opaque directories"). Owns one descriptor a layer.
 * Not safe for two threads.
 */
public final class LowerLayers implements AutoCloseable {
    /** Overlay's own marks; none of them is part of what a layer holds. */
    public static final String OVERLAY_XATTR_PREFIX = "trusted.overlay.";

    /** Overlay's mark of a directory that hides what lies below it. */
    public static final String OPAQUE_XATTR = "trusted.overlay.opaque";

    private final FileCalls files;
    private final List<Fd> layers;

    private LowerLayers(FileCalls files, List<Fd> layers) {
        this.files = files;
        this.layers = layers;
    }

    /** A file found in the stack: which directory it lies in by descriptor, and what it is. */
    public record Found(int layerFd, String path, FileStatus status) {}

    /** Opens a stack by its directories' paths, topmost first; none for an empty stack. */
    public static LowerLayers open(FileCalls files, List<String> directories) throws LinuxException {
        LowerLayers lower = new LowerLayers(files, new ArrayList<>());
        try {
            for (String directory : directories) {
                lower.layers.add(files.open(
                        LibC.AT_FDCWD, directory, LibC.O_PATH | LibC.O_DIRECTORY, 0, FileCalls.RESOLVE_NO_MAGICLINKS));
            }
            return lower;
        } catch (LinuxException e) {
            lower.close();
            throw e;
        }
    }

    /** Looks a path up; empty if the merged view has none. The path must hold no link among its directories. */
    public Optional<Found> find(String path) throws LinuxException {
        for (Fd layer : layers) {
            Optional<FileStatus> status = statusIn(layer.number(), path);
            if (status.isPresent()) {
                return status.get().isWhiteout()
                        ? Optional.empty()
                        : Optional.of(new Found(layer.number(), path, status.get()));
            }
            if (hidesBelow(layer.number(), path)) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    /** The names that the merged view has in a directory, sorted. */
    public SortedSet<String> names(String path) throws LinuxException {
        SortedSet<String> names = new TreeSet<>();
        for (Fd layer : layers) {
            if (statusIn(layer.number(), path).filter(FileStatus::isDirectory).isPresent()) {
                try (Fd directory = files.open(
                        layer.number(),
                        path.isEmpty() ? "." : path,
                        LibC.O_RDONLY | LibC.O_DIRECTORY,
                        0,
                        FileCalls.RESOLVE_BENEATH | FileCalls.RESOLVE_NO_SYMLINKS)) {
                    for (String name : files.names(directory.number())) {
                        if (find(RawPath.join(path, name)).isPresent()) {
                            names.add(name);
                        }
                    }
                }
            }
        }
        return names;
    }

    // O_PATH with NO_SYMLINKS still opens a link that is itself the last component, because O_NOFOLLOW is set.
    private Optional<FileStatus> statusIn(int layerFd, String path) throws LinuxException {
        if (path.isEmpty()) {
            return Optional.of(files.status(layerFd));
        }
        try (Fd file = files.open(layerFd, path, LibC.O_PATH, 0, FileCalls.RESOLVE_BENEATH | FileCalls.RESOLVE_NO_SYMLINKS)) {
            return Optional.of(files.status(file.number()));
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Whether this layer hides what lower ones have at a path: a whiteout, file or opaque directory on the way to it. */
    private boolean hidesBelow(int layerFd, String path) throws LinuxException {
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
            String ancestor = path.substring(0, slash);
            Optional<FileStatus> status = statusIn(layerFd, ancestor);
            if (status.isEmpty()) {
                return false;
            }
            if (!status.get().isDirectory() || isOpaque(files, layerFd, ancestor)) {
                return true;
            }
        }
        return isOpaque(files, layerFd, "");
    }

    /** Whether a directory of an overlay layer hides what lies below it. */
    public static boolean isOpaque(FileCalls files, int layerFd, String path) throws LinuxException {
        Optional<byte[]> mark = files.xattr(layerFd, path, OPAQUE_XATTR);
        return mark.isPresent() && RawPath.ofBytes(mark.get()).equals("y");
    }

    @Override
    public void close() {
        layers.forEach(Fd::close);
    }
}

package dev.stowbook.graph.overlay;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.layer.LowerLayers;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Owner, mode, time and extended attributes of layers' root directories: the merged root shows those of the topmost layer, so each new layer
 * takes them over. Read once a layer, which never changes. Any thread.
 */
final class RootAttributes {
    private static final Known PLAIN =
            new Known(new FileStatus(FileStatus.S_IFDIR | 0755, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), Map.of());

    private final FileCalls files;
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    private record Known(FileStatus status, Map<String, byte[]> xattrs) {}

    RootAttributes(FileCalls files) {
        this.files = files;
    }

    /** Gives a new root, just made as root's own with mode 0755 less the umask, what the one below it has. */
    void give(int dirFd, String name, Optional<String> below) throws LinuxException {
        Known like = below.isPresent() ? of(below.get()) : PLAIN;
        files.chown(dirFd, name, like.status().uid(), like.status().gid());
        files.chmod(dirFd, name, like.status().permissions());
        for (Map.Entry<String, byte[]> xattr : like.xattrs().entrySet()) {
            files.setXattr(dirFd, name, xattr.getKey(), xattr.getValue());
        }
        files.setTimes(dirFd, name, like.status().mtimeSeconds(), like.status().mtimeNanos());
    }

    private Known of(String directory) throws LinuxException {
        Known cached = known.get(directory);
        if (cached != null) {
            return cached;
        }
        try (Fd root = files.open(
                LibC.AT_FDCWD, directory, LibC.O_RDONLY | LibC.O_DIRECTORY, 0, FileCalls.RESOLVE_NO_MAGICLINKS)) {
            Map<String, byte[]> xattrs = new TreeMap<>();
            for (String name : files.xattrNames(root.number(), "")) {
                if (!name.startsWith(LowerLayers.OVERLAY_XATTR_PREFIX)) {
                    files.xattr(root.number(), "", name).ifPresent(value -> xattrs.put(name, value));
                }
            }
            Known read = new Known(files.status(root.number()), xattrs);
            known.put(directory, read);
            return read;
        }
    }

    void forget(String directory) {
        known.remove(directory);
    }
}

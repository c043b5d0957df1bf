package dev.stowbook.supervisor.build;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.layer.TarEntry;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An image's file system, seen through a mount of it. Every path is opened with {@code RESOLVE_NO_SYMLINKS}: links are followed by
 * {@link FileTree#resolve} alone, so that nothing in an image ever leads to the host's files (openat2(2), since Linux 5.6).
 */
final class ImageTree implements FileTree, AutoCloseable {
    private static final long RESOLVE = FileCalls.RESOLVE_BENEATH | FileCalls.RESOLVE_NO_SYMLINKS;

    private final FileCalls files = FileCalls.linux();
    private final Fd root;

    /** @param root a descriptor of the mounted file system, which it then owns */
    ImageTree(Fd root) {
        this.root = root;
    }

    private interface Call<T> {
        T run() throws LinuxException;
    }

    private static <T> T call(Call<T> call) throws IOException {
        try {
            return call.run();
        } catch (LinuxException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private Fd open(String path, int flags) throws LinuxException {
        return files.open(root.number(), path.isEmpty() ? "." : path, flags, 0, RESOLVE);
    }

    @Override
    public Optional<TarEntry> find(String path) throws IOException {
        return call(() -> {
            try (Fd at = open(path, LibC.O_PATH)) {
                return Optional.of(entry(at, path, files.status(at.number())));
            } catch (LinuxException e) {
                if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
                    return Optional.empty();
                }
                throw e;
            }
        });
    }

    private TarEntry entry(Fd at, String path, FileStatus status) throws LinuxException {
        TarEntry.Kind kind = switch (status.type()) {
            case FileStatus.S_IFDIR -> TarEntry.Kind.DIRECTORY;
            case FileStatus.S_IFLNK -> TarEntry.Kind.SYMLINK;
            case FileStatus.S_IFCHR -> TarEntry.Kind.CHARACTER_DEVICE;
            case FileStatus.S_IFBLK -> TarEntry.Kind.BLOCK_DEVICE;
            case FileStatus.S_IFIFO -> TarEntry.Kind.FIFO;
            default -> TarEntry.Kind.FILE;
        };
        boolean device = kind == TarEntry.Kind.CHARACTER_DEVICE || kind == TarEntry.Kind.BLOCK_DEVICE;
        return new TarEntry(
                path,
                kind,
                status.permissions(),
                status.uid(),
                status.gid(),
                kind == TarEntry.Kind.FILE ? status.sizeBytes() : 0,
                status.mtimeSeconds(),
                status.mtimeNanos(),
                kind == TarEntry.Kind.SYMLINK ? files.readLink(at.number(), "") : "",
                device ? status.rdevMajor() : 0,
                device ? status.rdevMinor() : 0,
                kind == TarEntry.Kind.SYMLINK || kind == TarEntry.Kind.FILE || kind == TarEntry.Kind.DIRECTORY ? xattrs(path, kind) : new TreeMap<>());
    }

    private SortedMap<String, byte[]> xattrs(String path, TarEntry.Kind kind) throws LinuxException {
        SortedMap<String, byte[]> found = new TreeMap<>();
        if (kind == TarEntry.Kind.SYMLINK) {
            return found;
        }
        try (Fd file = open(path, LibC.O_RDONLY)) {
            for (String name : files.xattrNames(file.number())) {
                if (!name.startsWith("trusted.overlay.") && !name.startsWith("user.overlay.") && !name.equals("security.selinux")) {
                    Optional<byte[]> value = files.xattr(file.number(), name);
                    value.ifPresent(bytes -> found.put(name, bytes));
                }
            }
        }
        return found;
    }

    @Override
    public List<String> names(String directory) throws IOException {
        return call(() -> {
            try (Fd at = open(directory, LibC.O_RDONLY | LibC.O_DIRECTORY)) {
                return files.names(at.number());
            }
        });
    }

    @Override
    public InputStream open(String path) throws IOException {
        Fd file = call(() -> open(path, LibC.O_RDONLY));
        try (file) {
            return new FileInputStream(file.procPath());
        }
    }

    @Override
    public String digest(String path) throws IOException {
        MessageDigest sha256 = TarTree.sha256();
        try (InputStream in = open(path)) {
            byte[] buffer = new byte[128 * 1024];
            for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
                sha256.update(buffer, 0, got);
            }
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    /** A small file's text; empty if there is none. */
    static Optional<String> text(FileTree tree, String path, int longestBytes) throws IOException {
        String at = tree.resolve(path);
        Optional<TarEntry> found = tree.find(at);
        if (found.isEmpty() || found.get().kind() != TarEntry.Kind.FILE) {
            return Optional.empty();
        }
        try (InputStream in = tree.open(at)) {
            return Optional.of(RawPath.ofBytes(in.readNBytes(longestBytes)));
        }
    }

    @Override
    public void close() {
        root.close();
    }
}

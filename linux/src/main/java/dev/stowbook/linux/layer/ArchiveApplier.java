package dev.stowbook.linux.layer;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.IdShift;
import dev.stowbook.linux.file.RawPath;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Unpacks a plain tar into a directory that others use meanwhile. Every step goes through descriptors opened with
 * {@code RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS}: no link below the directory is followed, whether the tar or somebody else made it. A file
 * appears when it is whole. Directories are not replaced by files, nor files by directories; devices are refused. One tar, one thread.
 */
public final class ArchiveApplier {
    private static final long STRICT = FileCalls.RESOLVE_BENEATH | FileCalls.RESOLVE_NO_SYMLINKS;
    private static final int DIRECTORY = LibC.O_RDONLY | LibC.O_DIRECTORY;
    private static final String PART = ".stowbook-copy-";
    private static final String MOUNTED_ON = "would replace what something is mounted on; write to it from inside";

    private final FileCalls files;
    private final Fd root;
    private final IdShift ids;
    private final boolean keepOwners;
    private final Set<String> made = new HashSet<>();
    private final TreeMap<String, TarEntry> times = new TreeMap<>();
    private final byte[] buffer = new byte[128 * 1024];
    private final String part = PART + Long.toHexString(System.nanoTime());
    private long entries;
    private long bytes;

    /** What has been copied so far, in full. */
    public record Copied(long entries, long bytes) {}

    /**
     * @param root the directory, open for reading; the caller's
     * @param ids how ids inside look to the kernel here
     * @param keepOwners whether files get the tar's owners; otherwise all are root's
     */
    public ArchiveApplier(FileCalls files, Fd root, IdShift ids, boolean keepOwners) {
        this.files = files;
        this.root = root;
        this.ids = ids;
        this.keepOwners = keepOwners;
    }

    /** What has been copied; after a failure, what had been before it. */
    public Copied copied() {
        return new Copied(entries, bytes);
    }

    /**
     * Unpacks to the tar's end.
     *
     * @throws LayerException if the tar is damaged, or an entry is refused; what came before it stays
     * @throws LinuxException if the kernel refuses
     */
    public void apply(InputStream tar) throws IOException, LinuxException {
        TarReader reader = new TarReader(new BufferedInputStream(tar, 128 * 1024));
        for (Optional<TarEntry> next = reader.next(); next.isPresent(); next = reader.next()) {
            TarEntry entry = next.get();
            try {
                applyEntry(entry, reader);
            } catch (LinuxException e) {
                throw told(entry, e);
            }
        }
        for (Map.Entry<String, TarEntry> time : times.entrySet()) {
            try (Fd directory = files.open(root.number(), time.getKey(), DIRECTORY, 0, STRICT)) {
                files.setTimes(directory.number(), time.getValue().mtimeSeconds(), time.getValue().mtimeNanos());
            } catch (LinuxException e) {
                if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR && e.errno() != Errno.ELOOP) {
                    throw e; // gone or replaced by somebody else, it has no time of ours to keep
                }
            }
        }
    }

    private static LinuxException told(TarEntry entry, LinuxException e) throws LayerException {
        return switch (e.errno()) {
            case Errno.ELOOP -> throw refused(entry, "leads through a symbolic link; name the directory that it means");
            case Errno.ENOTDIR -> throw refused(entry, "leads through a file that is no directory");
            case Errno.EBUSY -> throw refused(entry, MOUNTED_ON);
            case Errno.EISDIR -> throw refused(entry, "is no directory and would replace one; remove that first");
            case Errno.ENAMETOOLONG, Errno.EXDEV, Errno.EINVAL, Errno.EFBIG -> throw refused(entry, "cannot be made: " + e.getMessage());
            default -> e;
        };
    }

    private static LayerException refused(TarEntry entry, String why) {
        return new LayerException("the tar's entry " + entry.display() + " " + why);
    }

    private void applyEntry(TarEntry entry, TarReader data) throws IOException, LinuxException {
        List<String> components = EntryPath.components(entry.path(), entry);
        if (components.isEmpty()) {
            if (entry.kind() != TarEntry.Kind.DIRECTORY) {
                throw refused(entry, "would replace the directory that the archive goes to");
            }
            return;
        }
        try (Fd parent = parent(components.subList(0, components.size() - 1), entry)) {
            make(entry, data, parent.number(), components.getLast(), String.join("/", components));
        }
        made.add(String.join("/", components));
        entries++;
    }

    /** Opens the directory of an entry, making what is missing of it. */
    private Fd parent(List<String> components, TarEntry entry) throws LinuxException {
        String path = components.isEmpty() ? "." : String.join("/", components);
        try {
            return files.open(root.number(), path, DIRECTORY, 0, STRICT);
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
        try (Fd above = parent(components.subList(0, components.size() - 1), entry)) {
            try {
                files.mkdir(above.number(), components.getLast(), 0755);
            } catch (LinuxException e) {
                if (e.errno() != Errno.EEXIST) {
                    throw e;
                }
            }
            return files.open(above.number(), components.getLast(), DIRECTORY, 0, STRICT);
        }
    }

    private void make(TarEntry entry, TarReader data, int dir, String name, String path) throws IOException, LinuxException {
        switch (entry.kind()) {
            case DIRECTORY -> makeDirectory(entry, dir, name, path);
            case FILE -> writeFile(entry, data, dir, name);
            case SYMLINK -> {
                if (entry.linkTarget().isEmpty() || entry.linkTarget().length() > RawPath.MAX_PATH_BYTES) {
                    throw refused(entry, "is a symbolic link to nothing that a path could be");
                }
                place(entry, dir, name, () -> {
                    files.symlink(entry.linkTarget(), dir, part);
                    files.chown(dir, part, uid(entry), gid(entry));
                    files.setTimes(dir, part, entry.mtimeSeconds(), entry.mtimeNanos());
                });
            }
            case FIFO -> place(entry, dir, name, () -> {
                files.mknod(dir, part, FileStatus.S_IFIFO | 0600, 0, 0);
                files.chown(dir, part, uid(entry), gid(entry));
            });
            case HARD_LINK -> link(entry, dir, name);
            case CHARACTER_DEVICE, BLOCK_DEVICE -> throw refused(entry, "is a device; devices come into a container by its manifest");
        }
    }

    private void makeDirectory(TarEntry entry, int dir, String name, String path) throws IOException, LinuxException {
        Optional<FileStatus> there = files.statusIfPresent(dir, name);
        if (there.isPresent() && !there.get().isDirectory()) {
            throw refused(entry, "is a directory and would replace something else; remove that first");
        }
        if (there.isEmpty()) {
            files.mkdir(dir, name, 0700);
        } else if (!keepOwners) {
            return;
        }
        try (Fd directory = files.open(dir, name, DIRECTORY, 0, STRICT)) {
            files.chown(directory.number(), uid(entry), gid(entry));
            files.chmod(directory.number(), entry.permissions());
            setXattrs(entry, directory.number());
        }
        times.put(path, entry);
    }

    /** The data go into a file without a name: whoever ends us meanwhile leaves nothing behind. */
    private void writeFile(TarEntry entry, TarReader data, int dir, String name) throws IOException, LinuxException {
        refuseIrreplaceable(entry, dir, name);
        Optional<Fd> nameless = nameless(dir);
        if (nameless.isEmpty()) {
            place(entry, dir, name, () -> {
                try (Fd file = files.open(dir, part, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL, 0600, STRICT)) {
                    fill(entry, data, file.number());
                }
            });
        } else {
            try (Fd file = nameless.get()) {
                fill(entry, data, file.number());
                if (!isNew(file, dir, name)) {
                    place(entry, dir, name, () -> files.link(file.number(), dir, part));
                }
            }
        }
        bytes += entry.sizeBytes();
    }

    /** Empty where the file system has no such files. */
    private Optional<Fd> nameless(int dir) throws LinuxException {
        try {
            return Optional.of(files.open(dir, ".", LibC.O_WRONLY | LibC.O_TMPFILE, 0600, STRICT));
        } catch (LinuxException e) {
            if (e.errno() == Errno.EOPNOTSUPP || e.errno() == Errno.EISDIR || e.errno() == Errno.EINVAL) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Gives a file its name, unless there is something of that name: that has to be replaced in one step. */
    private boolean isNew(Fd file, int dir, String name) throws LinuxException {
        try {
            files.link(file.number(), dir, name);
            return true;
        } catch (LinuxException e) {
            if (e.errno() == Errno.EEXIST) {
                return false;
            }
            throw e;
        }
    }

    private void fill(TarEntry entry, TarReader data, int fd) throws IOException, LinuxException {
        writeData(entry, data, fd);
        files.chown(fd, uid(entry), gid(entry));
        files.chmod(fd, entry.permissions());
        setXattrs(entry, fd);
        files.setTimes(fd, entry.mtimeSeconds(), entry.mtimeNanos());
    }

    private void writeData(TarEntry entry, TarReader data, int fd) throws IOException, LinuxException {
        long end = 0;
        for (TarReader.Run run : data.runs()) {
            if (run.length() > 0 && run.offset() != end) {
                files.seek(fd, run.offset());
            }
            for (long left = run.length(); left > 0; ) {
                int got = data.read(buffer, (int) Math.min(left, buffer.length));
                if (got < 0) {
                    throw refused(entry, "has less data than its header says");
                }
                files.write(fd, buffer, got);
                left -= got;
            }
            end = run.offset() + run.length();
        }
        files.truncate(fd, entry.sizeBytes());
    }

    /** Only what this archive brought: a link to another file would give away who may write to it. */
    private void link(TarEntry entry, int dir, String name) throws IOException, LinuxException {
        List<String> target = EntryPath.components(entry.linkTarget(), entry);
        if (!made.contains(String.join("/", target))) {
            throw refused(entry, "is a hard link to \"" + RawPath.display(entry.linkTarget()) + "\", which the archive did not bring");
        }
        try (Fd from = parent(target.subList(0, target.size() - 1), entry)) {
            place(entry, dir, name, () -> files.link(from.number(), target.getLast(), dir, part));
        }
    }

    private interface Making {
        void run() throws IOException, LinuxException;
    }

    /** Makes something under a name that nobody uses, and then puts it where it belongs. */
    private void place(TarEntry entry, int dir, String name, Making making) throws IOException, LinuxException {
        refuseIrreplaceable(entry, dir, name);
        boolean placed = false;
        try {
            making.run();
            files.rename(dir, part, dir, name, 0);
            placed = true;
        } finally {
            // Two names of one file stay two names (rename(2)), and a failure leaves the first.
            if (!placed || entry.kind() == TarEntry.Kind.HARD_LINK) {
                removePart(dir);
            }
        }
    }

    /**
     * A directory stays, and so does what something is mounted on. The kernel itself would refuse that only for mounts of the caller's own
     * namespace, and take the container's away (rename(2) "EBUSY", since Linux 3.18).
     */
    private void refuseIrreplaceable(TarEntry entry, int dir, String name) throws LinuxException, LayerException {
        Optional<FileStatus> there = files.statusIfPresent(dir, name);
        if (there.filter(FileStatus::isDirectory).isPresent()) {
            throw refused(entry, "is no directory and would replace one; remove that first");
        }
        if (there.isPresent() && isMountPoint(dir, name)) {
            throw refused(entry, MOUNTED_ON);
        }
    }

    private boolean isMountPoint(int dir, String name) throws LinuxException {
        try {
            files.open(dir, name, LibC.O_PATH, 0, STRICT | FileCalls.RESOLVE_NO_XDEV).close();
            return false;
        } catch (LinuxException e) {
            return switch (e.errno()) {
                case Errno.EXDEV -> true;
                case Errno.ENOENT -> false; // gone by now
                default -> throw e;
            };
        }
    }

    private void removePart(int dir) throws LinuxException {
        try {
            files.unlink(dir, part);
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENOENT && e.errno() != Errno.EROFS) {
                throw e;
            }
        }
    }

    private int uid(TarEntry entry) throws LayerException {
        return id(entry, "user", keepOwners ? entry.uid() : 0);
    }

    private int gid(TarEntry entry) throws LayerException {
        return id(entry, "group", keepOwners ? entry.gid() : 0);
    }

    private int id(TarEntry entry, String kind, int inside) throws LayerException {
        if (!ids.has(inside)) {
            throw refused(entry, "belongs to " + kind + " " + Integer.toUnsignedString(inside) + ", whom the pod does not have: its ids end at "
                    + (ids.count() - 1));
        }
        return ids.outside(inside);
    }

    private void setXattrs(TarEntry entry, int fd) throws LinuxException {
        for (Map.Entry<String, byte[]> xattr : entry.xattrs().entrySet()) {
            if (isCopied(xattr.getKey())) {
                files.setXattr(fd, xattr.getKey(), xattr.getValue());
            }
        }
    }

    static boolean isCopied(String xattr) {
        return xattr.startsWith("user.");
    }
}

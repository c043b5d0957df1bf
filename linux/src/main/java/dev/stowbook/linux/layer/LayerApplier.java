package dev.stowbook.linux.layer;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.RawPath;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Unpacks one layer's tar below a directory. Everything goes through descriptors of directories opened with
 * {@code RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS}, so nothing outside is ever touched, whatever the tar says. Links among a path's
 * directories are followed within the layer, as in a root file system. One applier applies one tar, on one thread.
 *
 * <p>Source: OCI image-spec, layer.md, "Applying Changesets".
 */
public final class LayerApplier implements AutoCloseable {
    private static final int BUFFER_BYTES = 32 * 1024;
    private static final int READ_AHEAD_BYTES = 32 * 1024;
    private static final int SMALLEST_XATTR_ROOM_BYTES = 900;

    private final FileCalls files;
    private final LayerTree tree;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private long sizeBytes;
    private long entries;

    private LayerApplier(FileCalls files, LayerTree tree) {
        this.files = files;
        this.tree = tree;
    }

    /**
     * Applies into an empty directory as a layer of an overlay: deletions become whiteouts and opaque marks.
     *
     * @param directory path of the layer's directory
     * @param lower what it will lie on; closed by the caller
     */
    public static LayerApplier forOverlay(FileCalls files, String directory, LowerLayers lower) throws LinuxException {
        return new LayerApplier(files, new LayerTree(files, directory, new OverlayDeletions(files, lower)));
    }

    /** Applies onto a directory that holds a full copy of what lies below: deletions delete. */
    public static LayerApplier inPlace(FileCalls files, String directory) throws LinuxException {
        return new LayerApplier(files, new LayerTree(files, directory, new PlainDeletions(files)));
    }

    /**
     * Applies a tar and reads it to its end.
     *
     * @throws LayerException if the tar is damaged or an entry is refused; the directory is then of no use
     * @throws LinuxException if the kernel refuses what is not the tar's fault, such as a full disk
     */
    public AppliedLayer apply(InputStream tar) throws IOException, LinuxException {
        // headers and small files come many to a read
        TarReader reader = new TarReader(new BufferedInputStream(tar, READ_AHEAD_BYTES));
        Optional<TarEntry> next = reader.next();
        while (next.isPresent()) {
            TarEntry entry = next.get();
            entries++;
            try {
                applyEntry(entry, reader);
            } catch (LinuxException e) {
                throw blamed(entry, e);
            }
            next = reader.next();
        }
        tree.finish();
        return new AppliedLayer(sizeBytes, entries);
    }

    /** Errors that the entry's own nature brings about are the tar's fault; the rest is the host's. */
    private static LinuxException blamed(TarEntry entry, LinuxException e) throws LayerException {
        return switch (e.errno()) {
            case Errno.ENAMETOOLONG, Errno.ELOOP, Errno.ENOTDIR, Errno.EXDEV, Errno.EINVAL, Errno.ENOENT, Errno.EEXIST,
                    Errno.EISDIR, Errno.ENOTEMPTY, Errno.E2BIG, Errno.ERANGE, Errno.EFBIG ->
                throw EntryPath.refused(entry, "cannot be made: " + e.getMessage());
            default -> e;
        };
    }

    private void applyEntry(TarEntry entry, TarReader data) throws IOException, LinuxException {
        List<String> components = EntryPath.components(entry.path(), entry);
        if (components.isEmpty()) {
            if (entry.kind() != TarEntry.Kind.DIRECTORY) {
                throw EntryPath.refused(entry, "would replace the layer's root by something else than a directory");
            }
            setRootAttributes(entry);
            return;
        }
        String name = components.getLast();
        LayerTree.Directory parent = tree.open(components.subList(0, components.size() - 1), entry);
        if (name.startsWith(Whiteouts.PREFIX)) {
            applyWhiteout(entry, parent, name);
            return;
        }
        String path = RawPath.join(parent.path(), name);
        make(entry, data, parent, name, path);
        tree.made(path);
    }

    private void applyWhiteout(TarEntry entry, LayerTree.Directory parent, String name) throws IOException, LinuxException {
        tree.forgetResolved();
        if (name.equals(Whiteouts.OPAQUE)) {
            tree.deletions().deleteChildren(tree, parent);
        } else if (!name.startsWith(Whiteouts.RESERVED_PREFIX)) {
            String victim = name.substring(Whiteouts.PREFIX.length());
            if (victim.isEmpty() || victim.equals(".") || victim.equals("..")) {
                throw EntryPath.refused(entry, "is a whiteout of \"" + victim + "\", which names no file in its directory");
            }
            tree.deletions().delete(tree, parent, victim);
        }
    }

    private void make(TarEntry entry, TarReader data, LayerTree.Directory parent, String name, String path)
            throws IOException, LinuxException {
        int dir = parent.fd();
        switch (entry.kind()) {
            case DIRECTORY -> {
                tree.makeDirectory(parent, name, entry);
                setAttributes(entry, dir, name);
            }
            case FILE -> writeFile(entry, data, parent, name);
            case HARD_LINK -> link(entry, parent, name);
            case SYMLINK -> {
                if (entry.linkTarget().isEmpty() || entry.linkTarget().length() > RawPath.MAX_PATH_BYTES) {
                    throw EntryPath.refused(entry, "is a symbolic link whose target has " + entry.linkTarget().length() + " bytes");
                }
                tree.clear(parent, name);
                files.symlink(entry.linkTarget(), dir, name);
                setAttributes(entry, dir, name);
            }
            case CHARACTER_DEVICE -> {
                if (entry.devMajor() == 0 && entry.devMinor() == 0) {
                    throw EntryPath.refused(entry, "is a character device 0:0, which overlay takes for a deletion");
                }
                node(entry, parent, name, FileStatus.S_IFCHR);
            }
            case BLOCK_DEVICE -> node(entry, parent, name, FileStatus.S_IFBLK);
            case FIFO -> node(entry, parent, name, FileStatus.S_IFIFO);
        }
    }

    private void node(TarEntry entry, LayerTree.Directory parent, String name, int type) throws IOException, LinuxException {
        tree.clear(parent, name);
        files.mknod(parent.fd(), name, type | 0600, entry.devMajor(), entry.devMinor());
        setAttributes(entry, parent.fd(), name);
    }

    private void link(TarEntry entry, LayerTree.Directory parent, String name) throws IOException, LinuxException {
        List<String> target = EntryPath.components(entry.linkTarget(), entry);
        if (target.isEmpty()) {
            throw EntryPath.refused(entry, "is a hard link to nothing");
        }
        LayerTree.Directory from = tree.openAside(target.subList(0, target.size() - 1), entry);
        try (from) {
            String old = RawPath.join(from.path(), target.getLast());
            if (old.equals(RawPath.join(parent.path(), name))) {
                return;
            }
            Optional<FileStatus> status = files.statusIfPresent(from.fd(), target.getLast());
            if (status.isEmpty() || status.get().isDirectory() || status.get().isWhiteout() || !tree.isOwn(old)) {
                throw EntryPath.refused(
                        entry, "is a hard link to \"" + RawPath.display(entry.linkTarget()) + "\", which is no file of this layer");
            }
            tree.clear(parent, name);
            files.link(from.fd(), target.getLast(), parent.fd(), name);
        }
    }

    private void writeFile(TarEntry entry, TarReader data, LayerTree.Directory parent, String name)
            throws IOException, LinuxException {
        try (Fd file = tree.createFile(parent, name)) {
            int fd = file.number();
            long end = 0;
            for (TarReader.Run run : data.runs()) {
                if (run.length() == 0) {
                    continue; // marks the file's end and writes nothing
                }
                if (run.offset() != end) {
                    files.seek(fd, run.offset());
                }
                for (long left = run.length(); left > 0; ) {
                    int got = data.read(buffer, (int) Math.min(left, buffer.length));
                    if (got < 0) {
                        throw EntryPath.refused(entry, "has less data than its header says");
                    }
                    files.write(fd, buffer, got);
                    left -= got;
                }
                end = run.offset() + run.length();
            }
            if (end != entry.sizeBytes()) {
                files.truncate(fd, entry.sizeBytes());
            }
            sizeBytes += entry.sizeBytes();
            files.chown(fd, entry.uid(), entry.gid());
            files.chmod(fd, entry.permissions());
            setXattrs(entry, (key, value) -> files.setXattr(fd, key, value));
            files.setTimes(fd, entry.mtimeSeconds(), entry.mtimeNanos());
        }
    }

    private void setAttributes(TarEntry entry, int dir, String name) throws IOException, LinuxException {
        files.chown(dir, name, entry.uid(), entry.gid());
        if (entry.kind() != TarEntry.Kind.SYMLINK) {
            files.chmod(dir, name, entry.permissions());
        }
        setXattrs(entry, (key, value) -> files.setXattr(dir, name, key, value));
        if (entry.kind() != TarEntry.Kind.DIRECTORY) {
            files.setTimes(dir, name, entry.mtimeSeconds(), entry.mtimeNanos());
        }
    }

    private void setRootAttributes(TarEntry entry) throws IOException, LinuxException {
        int root = tree.rootFd();
        files.chown(root, entry.uid(), entry.gid());
        files.chmod(root, entry.permissions());
        setXattrs(entry, (key, value) -> files.setXattr(root, "", key, value));
        tree.rememberTime("", entry.mtimeSeconds(), entry.mtimeNanos());
    }

    private interface XattrSetter {
        void set(String name, byte[] value) throws LinuxException;
    }

    private static void setXattrs(TarEntry entry, XattrSetter setter) throws IOException, LinuxException {
        for (Map.Entry<String, byte[]> xattr : entry.xattrs().entrySet()) {
            if (!isKept(entry, xattr.getKey())) {
                continue;
            }
            try {
                setter.set(xattr.getKey(), xattr.getValue());
            } catch (LinuxException e) {
                // ext4 has one block for all attributes of a file, and says that it is full as a full disk does (xattr(7))
                if (e.errno() == Errno.ENOSPC && totalBytes(entry) > SMALLEST_XATTR_ROOM_BYTES) {
                    throw EntryPath.refused(entry, "has " + totalBytes(entry) + " bytes of attributes, more than this file system keeps");
                }
                throw e;
            }
        }
    }

    private static long totalBytes(TarEntry entry) {
        return entry.xattrs().entrySet().stream().mapToLong(x -> x.getKey().length() + x.getValue().length).sum();
    }

    /** Labels are the host's matter; overlay's own marks in a tar could show or hide what they like. */
    private static boolean isKept(TarEntry entry, String name) throws LayerException {
        if (name.startsWith(LowerLayers.OVERLAY_XATTR_PREFIX)) {
            throw EntryPath.refused(entry, "has the attribute \"" + RawPath.display(name) + "\", which is overlay's own");
        }
        if (name.isEmpty() || name.length() > RawPath.MAX_NAME_BYTES || name.indexOf('\0') >= 0) {
            throw EntryPath.refused(entry, "has an attribute whose name no file system takes");
        }
        return !name.equals("security.selinux");
    }

    @Override
    public void close() {
        tree.close();
    }
}

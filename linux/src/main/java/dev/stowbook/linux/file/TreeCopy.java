package dev.stowbook.linux.file;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Copies files with everything that belongs to them, by descriptor and never through a link. Safe for any thread. */
public final class TreeCopy {
    private static final int COPY_CHUNK_BYTES = 1 << 30;

    private final FileCalls files;
    private final Trees trees;
    private final Predicate<String> keptXattrs;

    /** Whether the file system may share data; found out anew by each copy. A race of two copies costs a call, no more. */
    private volatile boolean cloning = true;

    public TreeCopy(FileCalls files) {
        this(files, name -> true);
    }

    /**
     * @param files the calls to work with
     * @param keptXattrs which extended attributes are copied, by name
     */
    public TreeCopy(FileCalls files, Predicate<String> keptXattrs) {
        this.files = files;
        this.trees = new Trees(files);
        this.keptXattrs = keptXattrs;
    }

    /**
     * Copies all below one directory into another, empty one: types, data (shared where the file system can), ids, modes, times,
     * extended attributes, hard links; and the attributes of the directory itself. Sockets are left out.
     */
    public void copy(int fromFd, int toFd) throws LinuxException {
        cloning = true;
        copyChildren(fromFd, toFd, "", toFd, new HashMap<>());
        copyAttributes(fromFd, "", toFd, "", files.status(fromFd));
    }

    private record Identity(int devMajor, int devMinor, long inode) {}

    private void copyChildren(int fromFd, int toFd, String path, int rootFd, Map<Identity, String> linked)
            throws LinuxException {
        Trees.checkDepth(path);
        for (String name : files.names(fromFd)) {
            FileStatus status = files.status(fromFd, name);
            String child = RawPath.join(path, name);
            if (status.isDirectory()) {
                files.mkdir(toFd, name, 0700);
                try (Fd from = trees.openDirectory(fromFd, name);
                        Fd to = trees.openDirectory(toFd, name)) {
                    copyChildren(from.number(), to.number(), child, rootFd, linked);
                }
            } else if (status.links() > 1) {
                Identity identity = new Identity(status.devMajor(), status.devMinor(), status.inode());
                String first = linked.putIfAbsent(identity, child);
                if (first != null) {
                    files.link(rootFd, first, toFd, name);
                    continue;
                }
            }
            if (status.isDirectory() || copyFile(fromFd, name, toFd, status)) {
                copyAttributes(fromFd, name, toFd, name, status);
            }
        }
    }

    /** Whether its attributes are still to be copied. */
    private boolean copyFile(int fromFd, String name, int toFd, FileStatus status) throws LinuxException {
        switch (status.type()) {
            case FileStatus.S_IFREG -> {
                copyRegular(fromFd, name, toFd, name, status);
                return false; // attributes and all
            }
            case FileStatus.S_IFLNK -> files.symlink(files.readLink(fromFd, name), toFd, name);
            case FileStatus.S_IFCHR, FileStatus.S_IFBLK, FileStatus.S_IFIFO ->
                files.mknod(toFd, name, status.mode(), status.rdevMajor(), status.rdevMinor());
            default -> {
                return false;
            }
        }
        return true;
    }

    /**
     * Makes a regular file with the data of another and attributes like those given: data shared where the file system can, holes left out.
     */
    public void copyRegular(int fromFd, String from, int toFd, String to, FileStatus status) throws LinuxException {
        try (Fd source = files.open(fromFd, from, LibC.O_RDONLY, 0, FileCalls.RESOLVE_BENEATH);
                Fd target = makeFile(toFd, to)) {
            copyData(source.number(), target.number(), status);
            setAttributes(source.number(), target.number(), status);
        }
    }

    /** As {@link #copyRegular}, with the data of one file and owner, mode, times and extended attributes of another. */
    public void copyRegular(int dataFd, String data, int fromFd, String from, int toFd, String to, FileStatus status) throws LinuxException {
        try (Fd source = files.open(dataFd, data, LibC.O_RDONLY, 0, FileCalls.RESOLVE_BENEATH);
                Fd target = makeFile(toFd, to)) {
            copyData(source.number(), target.number(), status);
        }
        copyAttributes(fromFd, from, toFd, to, status);
    }

    private Fd makeFile(int toFd, String to) throws LinuxException {
        return files.open(toFd, to, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL, 0600, FileCalls.RESOLVE_BENEATH);
    }

    private void copyData(int from, int to, FileStatus status) throws LinuxException {
        long sizeBytes = status.sizeBytes();
        if (sizeBytes == 0) {
            return;
        }
        if (cloning) {
            cloning = files.cloneData(from, to); // a file system that cannot share one file's data shares none's
            if (cloning) {
                return;
            }
        }
        if (status.blocks() * 512 >= sizeBytes) {
            copyRange(from, to, sizeBytes); // it has no holes
            return;
        }
        long at = 0;
        while (at < sizeBytes) {
            long data = files.nextData(from, at).orElse(sizeBytes);
            if (data >= sizeBytes) {
                break;
            }
            long end = Math.min(sizeBytes, files.nextHole(from, data));
            copyExtent(from, to, data, end);
            at = end;
        }
        files.truncate(to, sizeBytes);
    }

    private void setAttributes(int from, int to, FileStatus status) throws LinuxException {
        files.chown(to, status.uid(), status.gid());
        files.chmod(to, status.permissions());
        for (String name : files.xattrNames(from)) {
            Optional<byte[]> value = keptXattrs.test(name) ? files.xattr(from, name) : Optional.empty();
            if (value.isPresent()) {
                files.setXattr(to, name, value.get());
            }
        }
        files.setTimes(to, status.mtimeSeconds(), status.mtimeNanos());
    }

    private void copyExtent(int from, int to, long start, long end) throws LinuxException {
        files.seek(from, start);
        files.seek(to, start);
        copyRange(from, to, end - start);
    }

    private void copyRange(int from, int to, long count) throws LinuxException {
        for (long left = count; left > 0; ) {
            long copied = files.copyRange(from, to, Math.min(left, COPY_CHUNK_BYTES));
            if (copied == 0) {
                return; // it became shorter meanwhile
            }
            left -= copied;
        }
    }

    /** Gives a file the owner, mode, extended attributes and times of another. Empty names mean the directories themselves. */
    public void copyAttributes(int fromFd, String from, int toFd, String to, FileStatus status) throws LinuxException {
        if (to.isEmpty()) {
            files.chown(toFd, status.uid(), status.gid());
            files.chmod(toFd, status.permissions());
        } else {
            files.chown(toFd, to, status.uid(), status.gid());
            if (!status.isSymlink()) {
                files.chmod(toFd, to, status.permissions());
            }
        }
        for (String name : files.xattrNames(fromFd, from)) {
            Optional<byte[]> value = keptXattrs.test(name) ? files.xattr(fromFd, from, name) : Optional.empty();
            if (value.isPresent()) {
                files.setXattr(toFd, to, name, value.get());
            }
        }
        if (to.isEmpty()) {
            files.setTimes(toFd, status.mtimeSeconds(), status.mtimeNanos());
        } else {
            files.setTimes(toFd, to, status.mtimeSeconds(), status.mtimeNanos());
        }
    }
}

package dev.stowbook.linux.file;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Whole directory trees, held by descriptor and never followed through a link. Stateless, safe for any thread. */
public final class Trees {
    private static final int DIRECTORY = LibC.O_RDONLY | LibC.O_DIRECTORY;
    private static final int COPY_CHUNK_BYTES = 1 << 30;
    private static final int MAX_REMOVE_DEPTH = 128;
    private static final int MAX_DEPTH = 1000;

    private final FileCalls files;

    private final Predicate<String> keptXattrs;

    public Trees(FileCalls files) {
        this(files, name -> true);
    }

    /**
     * @param files the calls to work with
     * @param keptXattrs which extended attributes are copied, by name
     */
    public Trees(FileCalls files, Predicate<String> keptXattrs) {
        this.files = files;
        this.keptXattrs = keptXattrs;
    }

    /** Visits a tree's files in order of their bytes, a directory before what is in it. */
    public interface Visitor {
        /**
         * @param dirFd the directory it lies in
         * @param name its name there; empty for the root itself
         * @param path its path from the root
         * @param status what it is
         * @return for a directory: whether to descend
         */
        boolean visit(int dirFd, String name, String path, FileStatus status) throws LinuxException;
    }

    /** Visits the tree below an open directory, the directory itself first, under the empty path. */
    public void walk(int rootFd, Visitor visitor) throws LinuxException {
        if (visitor.visit(rootFd, "", "", files.status(rootFd))) {
            walkChildren(rootFd, "", visitor);
        }
    }

    private void walkChildren(int dirFd, String path, Visitor visitor) throws LinuxException {
        checkDepth(path);
        for (String name : files.names(dirFd)) {
            FileStatus status = files.status(dirFd, name);
            String child = RawPath.join(path, name);
            if (visitor.visit(dirFd, name, child, status) && status.isDirectory()) {
                try (Fd below = openDirectory(dirFd, name)) {
                    walkChildren(below.number(), child, visitor);
                }
            }
        }
    }

    /** Refuses a tree that is deeper than any walk goes, with ENAMETOOLONG. */
    public static void checkDepth(String path) throws LinuxException {
        if (path.length() > RawPath.MAX_PATH_BYTES || path.chars().filter(c -> c == '/').count() > MAX_DEPTH) {
            throw new LinuxException(Errno.ENAMETOOLONG, "walk", RawPath.display(path));
        }
    }

    /** Opens a directory below another without following any link. */
    public Fd openDirectory(int dirFd, String path) throws LinuxException {
        return files.open(dirFd, path, DIRECTORY, 0, FileCalls.RESOLVE_BENEATH | FileCalls.RESOLVE_NO_SYMLINKS);
    }

    /**
     * Removes a file, or a directory with all below it, however deep. Absent is success.
     */
    public void remove(int dirFd, String name) throws LinuxException {
        if (unlinked(dirFd, name)) {
            return;
        }
        try (Fd top = openDirectory(dirFd, name)) {
            Deque<String> lifted = new ArrayDeque<>();
            removeChildren(top.number(), top.number(), 0, lifted);
            while (!lifted.isEmpty()) {
                String next = lifted.pop();
                try (Fd below = openDirectory(top.number(), next)) {
                    removeChildren(top.number(), below.number(), 0, lifted);
                }
                files.rmdir(top.number(), next);
            }
        }
        files.rmdir(dirFd, name);
    }

    // A container can nest directories far beyond PATH_MAX; each level here costs a descriptor and stack, so deep ones are lifted up.
    private void removeChildren(int topFd, int dirFd, int depth, Deque<String> lifted) throws LinuxException {
        for (String child : files.names(dirFd)) {
            if (unlinked(dirFd, child)) {
                continue;
            }
            if (depth == MAX_REMOVE_DEPTH) {
                String name = ".lifted-" + Long.toHexString(files.status(dirFd, child).inode());
                files.rename(dirFd, child, topFd, name, FileCalls.RENAME_NOREPLACE);
                lifted.push(name);
                continue;
            }
            try (Fd below = openDirectory(dirFd, child)) {
                removeChildren(topFd, below.number(), depth + 1, lifted);
            }
            files.rmdir(dirFd, child);
        }
    }

    /** Whether the name is gone; false if it is a directory. */
    private boolean unlinked(int dirFd, String name) throws LinuxException {
        try {
            files.unlink(dirFd, name);
            return true;
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                return true;
            }
            if (e.errno() == Errno.EISDIR) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Copies all below one directory into another, empty one: types, data (shared where the file system can), ids, modes, times,
     * extended attributes, hard links; and the attributes of the directory itself. Sockets are left out.
     */
    public void copy(int fromFd, int toFd) throws LinuxException {
        copyChildren(fromFd, toFd, "", toFd, new HashMap<>());
        copyAttributes(fromFd, "", toFd, "", files.status(fromFd));
    }

    private record Identity(int devMajor, int devMinor, long inode) {}

    private void copyChildren(int fromFd, int toFd, String path, int rootFd, Map<Identity, String> linked)
            throws LinuxException {
        checkDepth(path);
        for (String name : files.names(fromFd)) {
            FileStatus status = files.status(fromFd, name);
            String child = RawPath.join(path, name);
            if (status.isDirectory()) {
                files.mkdir(toFd, name, 0700);
                try (Fd from = openDirectory(fromFd, name);
                        Fd to = openDirectory(toFd, name)) {
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

    private boolean copyFile(int fromFd, String name, int toFd, FileStatus status) throws LinuxException {
        switch (status.type()) {
            case FileStatus.S_IFREG -> copyData(fromFd, name, toFd, name, status.sizeBytes());
            case FileStatus.S_IFLNK -> files.symlink(files.readLink(fromFd, name), toFd, name);
            case FileStatus.S_IFCHR, FileStatus.S_IFBLK, FileStatus.S_IFIFO ->
                files.mknod(toFd, name, status.mode(), status.rdevMajor(), status.rdevMinor());
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Makes a file with the data of another, shared where the file system can, holes left out; its attributes are left to the caller. */
    public void copyData(int fromFd, String name, int toFd, String target, long sizeBytes) throws LinuxException {
        try (Fd from = files.open(fromFd, name, LibC.O_RDONLY, 0, FileCalls.RESOLVE_BENEATH);
                Fd to = files.open(toFd, target, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL, 0600, FileCalls.RESOLVE_BENEATH)) {
            if (sizeBytes == 0 || files.cloneData(from.number(), to.number())) {
                return;
            }
            long at = 0;
            while (at < sizeBytes) {
                long data = files.nextData(from.number(), at).orElse(sizeBytes);
                if (data >= sizeBytes) {
                    break;
                }
                long end = Math.min(sizeBytes, files.nextHole(from.number(), data));
                copyExtent(from.number(), to.number(), data, end);
                at = end;
            }
            files.truncate(to.number(), sizeBytes);
        }
    }

    private void copyExtent(int from, int to, long start, long end) throws LinuxException {
        files.seek(from, start);
        files.seek(to, start);
        long left = end - start;
        while (left > 0) {
            long copied = files.copyRange(from, to, Math.min(left, COPY_CHUNK_BYTES));
            if (copied == 0) {
                return;
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

    /** What a tree takes on disk, hard links counted once. */
    public record Size(long allocatedBytes, long regularFileBytes, long inodes) {}

    /** Measures a tree, its root directory included. */
    public Size measure(int rootFd) throws LinuxException {
        Set<Long> seen = new HashSet<>();
        long[] sums = new long[3];
        walk(rootFd, (dirFd, name, path, status) -> {
            if (status.isDirectory() || status.links() == 1 || seen.add(status.inode())) {
                sums[0] += status.blocks() * 512;
                sums[1] += status.isRegular() ? status.sizeBytes() : 0;
                sums[2]++;
            }
            return true;
        });
        return new Size(sums[0], sums[1], sums[2]);
    }
}

package dev.stowbook.linux.file;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** Whole directory trees, held by descriptor and never followed through a link. Stateless, safe for any thread. */
public final class Trees {
    private static final int DIRECTORY = LibC.O_RDONLY | LibC.O_DIRECTORY;
    private static final int MAX_REMOVE_DEPTH = 128;
    private static final int MAX_DEPTH = 1000;

    private final FileCalls files;

    public Trees(FileCalls files) {
        this.files = files;
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

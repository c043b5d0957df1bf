package dev.stowbook.linux.layer;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.Trees;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What a layer that holds the whole tree has that its parent has not, for drivers that share no directories between layers. A file counts as
 * changed if its type, owner, mode, size, modification time, link target, device number or extended attributes differ; a directory also if
 * anything in it changed. Safe for any thread, as the store is.
 */
public final class TreeComparison {
    private final FileCalls files;
    private final Trees trees;
    private final LayerStore store;
    private final String layer;
    private final Optional<String> parent;

    /** Compares a complete layer of a store with one below it. */
    public TreeComparison(FileCalls files, LayerStore store, String layer, Optional<String> parent) {
        this.files = files;
        this.trees = new Trees(files);
        this.store = store;
        this.layer = layer;
        this.parent = parent;
    }

    /** What became of a path. */
    public enum Kind {
        ADDED,
        MODIFIED,
        DELETED
    }

    /** A path that differs, raw; the root's is empty. */
    public record Difference(String path, Kind kind) {}

    /** What the changed files amount to. */
    public record Size(long regularFileBytes, long files) {}

    /** Writes the differences as a layer's tar. */
    public void write(OutputStream tar) throws IOException, LinuxException {
        LayerWriter writer = new LayerWriter(files, tar);
        try (Fd root = store.openTree(layer)) {
            for (Difference difference : differences()) {
                String path = difference.path();
                if (difference.kind() == Kind.DELETED) {
                    writer.addWhiteout(path);
                } else if (path.isEmpty()) {
                    writer.add(root.number(), "", "", files.status(root.number()));
                } else {
                    try (Fd directory = trees.openDirectory(root.number(), path.contains("/") ? RawPath.parent(path) : ".")) {
                        String name = RawPath.name(path);
                        writer.add(directory.number(), name, path, files.status(directory.number(), name));
                    }
                }
            }
        }
        writer.finish();
    }

    /** Measures the changed files, hard links counted once. */
    public Size measure() throws LinuxException {
        long bytes = 0;
        long count = 0;
        TreeSet<Long> seen = new TreeSet<>();
        try (Fd root = store.openTree(layer)) {
            for (Difference difference : differences()) {
                if (difference.kind() == Kind.DELETED || difference.path().isEmpty()) {
                    continue;
                }
                FileStatus status = files.status(root.number(), difference.path());
                count++;
                bytes += status.isRegular() && (status.links() == 1 || seen.add(status.inode())) ? status.sizeBytes() : 0;
            }
        }
        return new Size(bytes, count);
    }

    /** In the order in which a tar holds them: a directory before what is in it. The root comes first, if it or anything changed. */
    public List<Difference> differences() throws LinuxException {
        List<Difference> found = new ArrayList<>();
        try (Fd mine = store.openTree(layer)) {
            if (parent.isEmpty()) {
                trees.walk(mine.number(), (dirFd, name, path, status) -> found.add(new Difference(path, Kind.ADDED)));
                return found;
            }
            try (Fd theirs = store.openTree(parent.get())) {
                boolean rootDiffers = differs(
                        mine.number(), "", files.status(mine.number()), theirs.number(), files.status(theirs.number()));
                compareChildren(mine.number(), theirs.number(), "", found);
                if (rootDiffers || !found.isEmpty()) {
                    found.addFirst(new Difference("", Kind.MODIFIED));
                }
                return found;
            }
        }
    }

    private void compareChildren(int mine, int theirs, String path, List<Difference> found) throws LinuxException {
        List<String> own = files.names(mine);
        TreeSet<String> names = new TreeSet<>(own);
        names.addAll(files.names(theirs));
        TreeSet<String> present = new TreeSet<>(own);
        for (String name : names) {
            String child = RawPath.join(path, name);
            Optional<FileStatus> below = files.statusIfPresent(theirs, name);
            if (!present.contains(name)) {
                found.add(new Difference(child, Kind.DELETED));
            } else {
                compare(mine, theirs, name, child, below, found);
            }
        }
    }

    private void compare(int mine, int theirs, String name, String path, Optional<FileStatus> below, List<Difference> found)
            throws LinuxException {
        FileStatus status = files.status(mine, name);
        if (below.isPresent() && below.get().isDirectory() && !status.isDirectory()) {
            found.add(new Difference(path, Kind.MODIFIED)); // a file in place of a directory hides all of it
            return;
        }
        if (!status.isDirectory()) {
            if (below.isEmpty() || differs(mine, name, status, theirs, below.get())) {
                found.add(new Difference(path, below.isEmpty() ? Kind.ADDED : Kind.MODIFIED));
            }
            return;
        }
        if (below.isEmpty() || !below.get().isDirectory()) {
            Kind kind = below.isEmpty() ? Kind.ADDED : Kind.MODIFIED;
            try (Fd directory = trees.openDirectory(mine, name)) {
                trees.walk(directory.number(), (dirFd, childName, childPath, childStatus) -> found.add(
                        new Difference(childPath.isEmpty() ? path : path + "/" + childPath,
                                childPath.isEmpty() ? kind : Kind.ADDED)));
            }
            return;
        }
        int at = found.size();
        try (Fd ownDirectory = trees.openDirectory(mine, name);
                Fd theirDirectory = trees.openDirectory(theirs, name)) {
            compareChildren(ownDirectory.number(), theirDirectory.number(), path, found);
        }
        if (found.size() > at || differs(mine, name, status, theirs, below.get())) {
            found.add(at, new Difference(path, Kind.MODIFIED));
        }
    }

    private boolean differs(int mine, String name, FileStatus a, int theirs, FileStatus b) throws LinuxException {
        boolean same = a.mode() == b.mode()
                && a.uid() == b.uid()
                && a.gid() == b.gid()
                && a.mtimeSeconds() == b.mtimeSeconds()
                && a.mtimeNanos() == b.mtimeNanos()
                && a.rdevMajor() == b.rdevMajor()
                && a.rdevMinor() == b.rdevMinor()
                && (a.isDirectory() || a.sizeBytes() == b.sizeBytes());
        if (!same || (a.isSymlink() && !files.readLink(mine, name).equals(files.readLink(theirs, name)))) {
            return true;
        }
        List<String> xattrs = files.xattrNames(mine, name);
        if (!xattrs.equals(files.xattrNames(theirs, name))) {
            return true;
        }
        for (String xattr : xattrs) {
            if (!Arrays.equals(
                    files.xattr(mine, name, xattr).orElse(new byte[0]), files.xattr(theirs, name, xattr).orElse(new byte[0]))) {
                return true;
            }
        }
        return false;
    }
}

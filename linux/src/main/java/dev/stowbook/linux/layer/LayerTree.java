package dev.stowbook.linux.layer;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.Trees;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** The directory that a tar is unpacked below: finds and makes directories in it, and never leaves it. */
final class LayerTree implements AutoCloseable {
    private static final int DIRECTORY = LibC.O_RDONLY | LibC.O_DIRECTORY;
    private static final long STRICT = FileCalls.RESOLVE_BENEATH | FileCalls.RESOLVE_NO_SYMLINKS;
    private static final int MAX_LINKS = 40;
    private static final int MAX_RESOLVED = 65536;

    private final FileCalls files;
    private final Trees trees;
    private final Deletions deletions;
    private final Fd root;
    private final NavigableMap<String, Time> times = new TreeMap<>();
    private final Map<String, String> resolved = new LinkedHashMap<>();
    private Directory current;

    private record Time(long seconds, int nanos) {}

    /** An open directory of the layer. Its path holds no link. */
    static final class Directory implements AutoCloseable {
        private final Fd fd;
        private final String path;

        Directory(Fd fd, String path) {
            this.fd = fd;
            this.path = path;
        }

        int fd() {
            return fd.number();
        }

        String path() {
            return path;
        }

        @Override
        public void close() {
            fd.close();
        }
    }

    LayerTree(FileCalls files, String directory, Deletions deletions) throws LinuxException {
        this.files = files;
        this.trees = new Trees(files);
        this.deletions = deletions;
        this.root = files.open(LibC.AT_FDCWD, directory, DIRECTORY, 0, FileCalls.RESOLVE_NO_MAGICLINKS);
        try {
            this.current = openResolved("");
        } catch (LinuxException e) {
            root.close();
            throw e;
        }
        try {
            rememberAsIs(current);
        } catch (LinuxException e) {
            close();
            throw e;
        }
    }

    Deletions deletions() {
        return deletions;
    }

    int rootFd() {
        return root.number();
    }

    boolean isOwn(String path) {
        return deletions.isOwn(path);
    }

    /** A path of the tar stands. */
    void made(String path) {
        deletions.made(path);
    }

    /** Something was deleted: what paths lead to must be looked up again. */
    void forgetResolved() {
        resolved.clear();
    }

    /** Opens the directory that a path's components lead to, making what is missing. Valid until the next call. */
    Directory open(List<String> components, TarEntry entry) throws IOException, LinuxException {
        String path = resolve(components, entry);
        if (!path.equals(current.path())) {
            Directory next = openResolved(path);
            current.close();
            current = next;
            rememberAsIs(current);
        }
        return current;
    }

    /** As {@link #open}, but a descriptor of the caller's own. */
    Directory openAside(List<String> components, TarEntry entry) throws IOException, LinuxException {
        return openResolved(resolve(components, entry));
    }

    private Directory openResolved(String path) throws LinuxException {
        return new Directory(files.open(root.number(), path.isEmpty() ? "." : path, DIRECTORY, 0, STRICT), path);
    }

    /** Walks the components, through links as the kernel would with this layer (and those below) as the root. */
    private String resolve(List<String> components, TarEntry entry) throws IOException, LinuxException {
        String asked = String.join("/", components);
        String known = resolved.get(asked);
        if (known != null) {
            return known;
        }
        Deque<String> todo = new ArrayDeque<>(components);
        String at = "";
        int links = 0;
        while (!todo.isEmpty()) {
            String name = todo.pop();
            if (name.isEmpty() || name.equals(".")) {
                continue;
            }
            if (name.equals("..")) { // of a link's target; the root is its own parent
                at = RawPath.parent(at);
                continue;
            }
            Optional<String> target = step(at, name, entry);
            if (target.isEmpty()) {
                at = RawPath.join(at, name);
                continue;
            }
            if (++links > MAX_LINKS) {
                throw EntryPath.refused(entry, "lies behind more than " + MAX_LINKS + " symbolic links");
            }
            at = target.get().startsWith("/") ? "" : at;
            List<String> parts = new ArrayList<>(List.of(target.get().split("/")));
            for (int i = parts.size() - 1; i >= 0; i--) {
                todo.push(parts.get(i));
            }
        }
        if (resolved.size() >= MAX_RESOLVED) {
            resolved.clear();
        }
        resolved.put(asked, at);
        return at;
    }

    /** Makes sure that a name is a directory; if it is a link, gives its target. */
    private Optional<String> step(String at, String name, TarEntry entry) throws IOException, LinuxException {
        String path = RawPath.join(at, name);
        if (path.length() > RawPath.MAX_PATH_BYTES) {
            throw EntryPath.refused(entry, "leads to a path of more than " + RawPath.MAX_PATH_BYTES + " bytes");
        }
        try (Directory parent = openResolved(at)) {
            Optional<FileStatus> status = files.statusIfPresent(parent.fd(), name);
            if (status.isPresent() && !Deletions.isMark(status.get())) {
                if (status.get().isSymlink()) {
                    return Optional.of(files.readLink(parent.fd(), name));
                }
                if (!status.get().isDirectory()) {
                    throw throughFile(entry, path);
                }
                return Optional.empty();
            }
            rememberAsIs(parent);
            return missing(parent, name, path, status.isPresent(), entry);
        }
    }

    private Optional<String> missing(Directory parent, String name, String path, boolean marked, TarEntry entry)
            throws IOException, LinuxException {
        Optional<LowerLayers.Found> below = marked ? Optional.empty() : deletions.below(path);
        if (below.isPresent() && below.get().status().isSymlink()) {
            return Optional.of(deletions.readLink(below.get()));
        }
        if (below.isPresent() && !below.get().status().isDirectory()) {
            throw throughFile(entry, path);
        }
        if (marked) {
            files.unlink(parent.fd(), name);
        }
        files.mkdir(parent.fd(), name, 0700);
        if (below.isPresent()) {
            deletions.copyAttributes(below.get(), parent, name);
            rememberTime(path, below.get().status().mtimeSeconds(), below.get().status().mtimeNanos());
        } else {
            FileStatus made = files.status(parent.fd(), name);
            if (made.uid() == 0 && made.gid() != 0) { // handed down by the directory above; only root can change it
                files.chown(parent.fd(), name, 0, 0);
            }
            files.chmod(parent.fd(), name, 0755);
            rememberTime(path, 0, 0);
        }
        if (marked) {
            deletions.afterWhiteout(parent, name);
        }
        deletions.made(path);
        return Optional.empty();
    }

    private static LayerException throughFile(TarEntry entry, String path) {
        return EntryPath.refused(entry, "leads through \"" + RawPath.display(path) + "\", which is no directory");
    }

    /** Makes a directory entry; one that stands already is kept. */
    void makeDirectory(Directory parent, String name, TarEntry entry) throws LinuxException {
        String path = RawPath.join(parent.path(), name);
        Optional<FileStatus> status = files.statusIfPresent(parent.fd(), name);
        if (status.isEmpty() || !status.get().isDirectory()) {
            boolean marked = status.isPresent() && Deletions.isMark(status.get());
            if (status.isPresent()) {
                clear(parent, name);
            }
            files.mkdir(parent.fd(), name, 0700);
            if (marked) {
                deletions.afterWhiteout(parent, name);
            }
        }
        rememberTime(path, entry.mtimeSeconds(), entry.mtimeNanos());
    }

    /** Makes an empty file, in place of whatever stands there. */
    Fd createFile(Directory parent, String name) throws LinuxException {
        int flags = LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL;
        try {
            return files.open(parent.fd(), name, flags, 0600, STRICT);
        } catch (LinuxException e) {
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
            clear(parent, name);
            return files.open(parent.fd(), name, flags, 0600, STRICT);
        }
    }

    /** Takes away whatever stands under a name. */
    void clear(Directory parent, String name) throws LinuxException {
        Optional<FileStatus> status = files.statusIfPresent(parent.fd(), name);
        if (status.isEmpty()) {
            return;
        }
        trees.remove(parent.fd(), name);
        if (status.get().isDirectory()) {
            String path = RawPath.join(parent.path(), name);
            times.remove(path);
            times.subMap(path + "/", path + "0").clear(); // all below: "0" is the character after "/"
        }
        if (status.get().isDirectory() || status.get().isSymlink()) {
            resolved.clear();
        }
    }

    /** What a directory's time is to be when all is done; making files in it changes it. */
    void rememberTime(String path, long seconds, int nanos) {
        times.put(path, new Time(seconds, nanos));
    }

    private void rememberAsIs(Directory directory) throws LinuxException {
        if (!times.containsKey(directory.path())) {
            FileStatus status = files.status(directory.fd());
            rememberTime(directory.path(), status.mtimeSeconds(), status.mtimeNanos());
        }
    }

    /** Sets the directories' times, after all else. */
    void finish() throws LinuxException {
        for (Map.Entry<String, Time> time : times.entrySet()) {
            try (Directory directory = openResolved(time.getKey())) {
                files.setTimes(directory.fd(), time.getValue().seconds(), time.getValue().nanos());
            } catch (LinuxException e) {
                // A directory that the same tar deleted again has no time to keep.
                if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR) {
                    throw e;
                }
            }
        }
    }

    @Override
    public void close() {
        current.close();
        root.close();
    }
}

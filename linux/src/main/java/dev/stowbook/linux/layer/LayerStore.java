package dev.stowbook.linux.layer;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.Trees;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The directory in which a graph driver keeps its layers, each {@code <id>/} with a {@code layer} file ({@link LayerRecord}) and what the
 * driver puts beside it. A layer is made as {@code .new-<id>} and renamed into place when it is complete; it is removed by renaming it to
 * {@code .old-<id>} first. So a layer under its own name is complete, wherever a crash came.
 *
 * <p>Safe for several threads on different layers; one thread at most on one layer. Nobody else changes the directory meanwhile.
 */
public final class LayerStore implements AutoCloseable {
    /** The directory of a layer that holds its files. */
    public static final String TREE = "diff";

    private static final String RECORD = "layer";
    private static final String NEW = ".new-";
    private static final String OLD = ".old-";
    private static final int MAX_RECORD_BYTES = 65536;

    private final FileCalls files;
    private final Trees trees;
    private final Path home;
    private final Fd homeFd;
    private final Map<String, LayerRecord> records = new HashMap<>();

    private final Removal removal;

    private LayerStore(FileCalls files, Path home, Fd homeFd, Removal removal) {
        this.files = files;
        this.trees = new Trees(files);
        this.removal = removal;
        this.home = home;
        this.homeFd = homeFd;
    }

    /** How the directory of a new layer is made, if not by mkdir(2). */
    public interface Making {
        /** Makes a directory that is not there; EEXIST if it is. */
        void make(int homeFd, String name) throws LinuxException;
    }

    /** How the directory of a layer is taken away, if not file by file. */
    public interface Removal {
        /** Removes a directory with all in it. Absent is success. */
        void remove(int homeFd, String name) throws LinuxException;
    }

    /** Opens a store and reads what is in it. The directory must exist. */
    public static LayerStore open(FileCalls files, Path home) throws LinuxException {
        return open(files, home, new Trees(files)::remove);
    }

    /** As {@link #open(FileCalls, Path)}, for layers that are removed in a way of their own. */
    public static LayerStore open(FileCalls files, Path home, Removal removal) throws LinuxException {
        Fd fd = files.open(
                LibC.AT_FDCWD, RawPath.of(home), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, FileCalls.RESOLVE_NO_MAGICLINKS);
        LayerStore store = new LayerStore(files, home, fd, removal);
        try {
            for (String name : files.names(fd.number())) {
                if (isId(name)) {
                    store.readRecord(name).ifPresent(found -> store.records.put(name, found));
                }
            }
            return store;
        } catch (LinuxException e) {
            fd.close();
            throw e;
        }
    }

    /** Whether a name can be a layer's: 1 to 64 lower-case hex digits. */
    public static boolean isId(String name) {
        return name.matches("[0-9a-f]{1,64}");
    }

    /** How much of a layer is there. */
    public enum State {
        COMPLETE,
        ABSENT,
        REMAINS,
        FOREIGN
    }

    /** What is known of a complete layer. */
    public Optional<LayerRecord> find(String id) {
        synchronized (records) {
            return Optional.ofNullable(records.get(id));
        }
    }

    /** A layer that stands on this one, if there is any. */
    public Optional<String> childOf(String id) {
        synchronized (records) {
            return records.values().stream()
                    .filter(candidate -> candidate.lower().contains(id))
                    .map(LayerRecord::id)
                    .sorted()
                    .findFirst();
        }
    }

    /** The host's path of a layer's directory, or of something in it. */
    public Path path(String id, String name) {
        return home.resolve(id).resolve(name);
    }

    /** Opens the tree of a complete layer. */
    public Fd openTree(String id) throws LinuxException {
        return trees.openDirectory(homeFd.number(), id + "/" + TREE);
    }

    /**
     * Looks at the disk.
     *
     * @param required names that a complete layer of its kind has beside its record
     */
    public State state(String id, Function<LayerRecord, Set<String>> required) throws LinuxException {
        Optional<FileStatus> status = files.statusIfPresent(homeFd.number(), id);
        if (status.isEmpty()) {
            boolean remains = files.statusIfPresent(homeFd.number(), NEW + id).isPresent()
                    || files.statusIfPresent(homeFd.number(), OLD + id).isPresent();
            return remains ? State.REMAINS : State.ABSENT;
        }
        if (!status.get().isDirectory()) {
            return State.FOREIGN;
        }
        Optional<LayerRecord> layer = readRecord(id);
        if (layer.isEmpty()) {
            boolean ours = files.statusIfPresent(homeFd.number(), id + "/" + RECORD).isPresent()
                    || files.statusIfPresent(homeFd.number(), id + "/" + TREE).isPresent();
            return ours ? State.REMAINS : State.FOREIGN;
        }
        for (String name : required.apply(layer.get())) {
            if (files.statusIfPresent(homeFd.number(), id + "/" + name).isEmpty()) {
                return State.REMAINS;
            }
        }
        for (String below : layer.get().lower()) {
            if (files.statusIfPresent(homeFd.number(), below + "/" + RECORD).isEmpty()) {
                return State.REMAINS;
            }
        }
        return State.COMPLETE;
    }

    /** All layers on disk by id, each with its record, or without one if only remains are there. */
    public SortedMap<String, Optional<LayerRecord>> list() throws LinuxException {
        SortedMap<String, Optional<LayerRecord>> found = new TreeMap<>();
        for (String name : files.names(homeFd.number())) {
            String id = name.startsWith(NEW) || name.startsWith(OLD) ? name.substring(NEW.length()) : name;
            if (isId(id)) {
                Optional<LayerRecord> layer = name.equals(id) ? readRecord(id) : Optional.empty();
                found.merge(id, layer, (a, b) -> a.isPresent() ? a : b);
            }
        }
        return found;
    }

    /** A layer in the making. Closing it unpublished removes what was made. */
    public final class Building implements AutoCloseable {
        private final String id;
        private final Fd fd;
        private boolean published;

        private Building(String id, Fd fd) {
            this.id = id;
            this.fd = fd;
        }

        /** The directory to put the layer's parts into. */
        public int fd() {
            return fd.number();
        }

        /** The path of one of its parts, for calls that need one. */
        public String path(String name) {
            return RawPath.of(home.resolve(NEW + id).resolve(name));
        }

        /**
         * Writes the record and gives the layer its name.
         *
         * @param durable whether it must outlive a loss of power
         */
        public LayerRecord publish(LayerRecord layer, boolean durable) throws LinuxException {
            write(fd(), layer);
            if (durable) {
                files.syncFileSystem(fd());
            }
            files.rename(homeFd.number(), NEW + id, homeFd.number(), id, FileCalls.RENAME_NOREPLACE);
            if (durable) {
                syncName();
            }
            published = true;
            synchronized (records) {
                records.put(id, layer);
            }
            return layer;
        }

        /** A layer whose name may be lost is none: it is taken back, so that the repeated attempt makes it and syncs again. */
        private void syncName() throws LinuxException {
            try {
                files.fsync(homeFd.number());
            } catch (LinuxException e) {
                files.rename(homeFd.number(), id, homeFd.number(), NEW + id, FileCalls.RENAME_NOREPLACE);
                throw e;
            }
        }

        @Override
        public void close() throws LinuxException {
            fd.close();
            if (!published) {
                removal.remove(homeFd.number(), NEW + id);
            }
        }
    }

    /** Begins a layer; remains of an interrupted attempt are removed. */
    public Building begin(String id) throws LinuxException {
        return begin(id, (directory, name) -> files.mkdir(directory, name, 0700));
    }

    /** As {@link #begin(String)}, for a layer whose directory is made in a way of its own. */
    public Building begin(String id, Making making) throws LinuxException {
        try {
            making.make(homeFd.number(), NEW + id);
        } catch (LinuxException e) {
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
            removal.remove(homeFd.number(), NEW + id);
            making.make(homeFd.number(), NEW + id);
        }
        try {
            return new Building(id, trees.openDirectory(homeFd.number(), NEW + id));
        } catch (LinuxException e) {
            removal.remove(homeFd.number(), NEW + id);
            throw e;
        }
    }

    /**
     * Writes the record of a layer again that has its name and its parts, but lost its record with the power: it was published unsynced.
     *
     * @param required names that a complete layer of its kind has beside its record
     * @return empty if there is no such layer
     */
    public Optional<LayerRecord> recordAgain(LayerRecord layer, Set<String> required) throws LinuxException {
        String id = layer.id();
        for (String name : required) {
            if (files.statusIfPresent(homeFd.number(), id + "/" + name).isEmpty()) {
                return Optional.empty();
            }
        }
        try (Fd directory = trees.openDirectory(homeFd.number(), id)) {
            trees.remove(directory.number(), RECORD);
            write(directory.number(), layer);
            files.syncFileSystem(directory.number());
        }
        synchronized (records) {
            records.put(id, layer);
        }
        return Optional.of(layer);
    }

    private void write(int directory, LayerRecord layer) throws LinuxException {
        byte[] text = layer.format().getBytes(StandardCharsets.US_ASCII);
        try (Fd file = files.open(
                directory, RECORD, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL, 0600, FileCalls.RESOLVE_BENEATH)) {
            files.write(file.number(), text, text.length);
        }
    }

    /** Removes a layer and remains of it. Absent is success. */
    public void remove(String id) throws LinuxException {
        removal.remove(homeFd.number(), OLD + id);
        try {
            files.rename(homeFd.number(), id, homeFd.number(), OLD + id, FileCalls.RENAME_NOREPLACE);
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
        synchronized (records) {
            records.remove(id);
        }
        removal.remove(homeFd.number(), OLD + id);
        removal.remove(homeFd.number(), NEW + id);
    }

    private Optional<LayerRecord> readRecord(String id) throws LinuxException {
        byte[] buffer = new byte[MAX_RECORD_BYTES];
        int length = 0;
        try (Fd file = files.open(
                homeFd.number(), id + "/" + RECORD, LibC.O_RDONLY, 0, FileCalls.RESOLVE_BENEATH | FileCalls.RESOLVE_NO_SYMLINKS)) {
            byte[] chunk = new byte[8192];
            for (int got; length < buffer.length && (got = files.read(file.number(), chunk, buffer.length - length)) > 0; ) {
                System.arraycopy(chunk, 0, buffer, length, got);
                length += got;
            }
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
                return Optional.empty();
            }
            throw e;
        }
        return LayerRecord.parse(id, new String(Arrays.copyOf(buffer, length), StandardCharsets.US_ASCII));
    }

    /** The layers below a new one: its parent and all below that; empty if the parent is missing or writable. */
    public Optional<List<String>> lowerOf(Optional<String> parentId) {
        if (parentId.isEmpty()) {
            return Optional.of(List.of());
        }
        return find(parentId.get()).filter(parent -> !parent.writable()).map(LayerRecord::withBelow);
    }

    @Override
    public void close() {
        homeFd.close();
    }
}

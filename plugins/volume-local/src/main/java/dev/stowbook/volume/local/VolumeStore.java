package dev.stowbook.volume.local;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.spi.Presence;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The directory of volumes, each {@code <name>/} with a {@code volume} file ({@link VolumeRecord}) and its content in {@code _data}. A volume
 * is made as {@code .new-<name>} and renamed when it is complete; it is removed by renaming it to {@code .old-<name>} first. A name begins
 * with a letter or digit, so these are nobody's.
 */
final class VolumeStore implements AutoCloseable {
    private static final String DATA = "_data";
    private static final String RECORD = "volume";
    private static final String NEW = ".new-";
    private static final String OLD = ".old-";
    private static final int MAX_RECORD_BYTES = 65536;

    private final FileCalls files;
    private final Trees trees;
    private final Path home;
    private final Fd homeFd;

    private VolumeStore(FileCalls files, Path home, Fd homeFd) {
        this.files = files;
        this.trees = new Trees(files);
        this.home = home;
        this.homeFd = homeFd;
    }

    static VolumeStore open(FileCalls files, Path home) throws LinuxException {
        return new VolumeStore(files, home, files.open(
                LibC.AT_FDCWD, RawPath.of(home), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, FileCalls.RESOLVE_NO_MAGICLINKS));
    }

    static boolean isName(String name) {
        return name.matches("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}");
    }

    Path data(String name) {
        return home.resolve(name).resolve(DATA);
    }

    Path path(String name) {
        return home.resolve(name);
    }

    Presence presence(String name) throws LinuxException {
        Optional<FileStatus> status = files.statusIfPresent(homeFd.number(), name);
        if (status.isEmpty()) {
            return exists(NEW + name) || exists(OLD + name) ? Presence.PARTIAL : Presence.ABSENT;
        }
        if (!status.get().isDirectory() || !(exists(name + "/" + RECORD) || exists(name + "/" + DATA))) {
            return Presence.FOREIGN;
        }
        return record(name).isPresent() && exists(name + "/" + DATA) ? Presence.PRESENT : Presence.PARTIAL;
    }

    private boolean exists(String path) throws LinuxException {
        return files.statusIfPresent(homeFd.number(), path).isPresent();
    }

    Optional<VolumeRecord> record(String name) throws LinuxException {
        byte[] buffer = new byte[MAX_RECORD_BYTES];
        int length = 0;
        try (Fd file = files.open(
                homeFd.number(), name + "/" + RECORD, LibC.O_RDONLY, 0, FileCalls.RESOLVE_BENEATH | FileCalls.RESOLVE_NO_SYMLINKS)) {
            byte[] chunk = new byte[8192];
            for (int got; length + chunk.length <= buffer.length && (got = files.read(file.number(), chunk, chunk.length)) > 0; ) {
                System.arraycopy(chunk, 0, buffer, length, got);
                length += got;
            }
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
                return Optional.empty();
            }
            throw e;
        }
        return VolumeRecord.parse(new String(Arrays.copyOf(buffer, length), StandardCharsets.UTF_8));
    }

    /** Makes a volume, in place of remains of one. It is on the disk when this returns; if it fails, nothing is left. */
    void make(String name, VolumeRecord record, int mode) throws LinuxException {
        remove(name);
        boolean named = false;
        try {
            build(name, record, mode);
            files.rename(homeFd.number(), NEW + name, homeFd.number(), name, FileCalls.RENAME_NOREPLACE);
            named = true;
            files.fsync(homeFd.number());
        } catch (LinuxException e) {
            if (named) {
                remove(name);
            } else {
                trees.remove(homeFd.number(), NEW + name);
            }
            throw e;
        }
    }

    private void build(String name, VolumeRecord record, int mode) throws LinuxException {
        files.mkdir(homeFd.number(), NEW + name, 0700);
        try (Fd building = trees.openDirectory(homeFd.number(), NEW + name)) {
            files.mkdir(building.number(), DATA, 0700);
            try (Fd data = trees.openDirectory(building.number(), DATA)) {
                files.chmod(data.number(), mode);
                files.fsync(data.number());
            }
            byte[] text = record.format().getBytes(StandardCharsets.UTF_8);
            try (Fd file = files.open(
                    building.number(), RECORD, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL, 0600, FileCalls.RESOLVE_BENEATH)) {
                files.write(file.number(), text, text.length);
                files.fsync(file.number());
            }
            files.fsync(building.number());
        }
    }

    /**
     * Removes a volume and remains of it, following no link in it. Absent is success. That it lost its name is on the disk before its content
     * goes: a loss of power must not bring back half of it, nor all of it as somebody's new volume.
     */
    void remove(String name) throws LinuxException {
        if (exists(OLD + name)) {
            files.fsync(homeFd.number()); // the attempt that made it may have ended before it did
            trees.remove(homeFd.number(), OLD + name);
        }
        try {
            files.rename(homeFd.number(), name, homeFd.number(), OLD + name, FileCalls.RENAME_NOREPLACE);
            files.fsync(homeFd.number());
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
        trees.remove(homeFd.number(), OLD + name);
        trees.remove(homeFd.number(), NEW + name);
    }

    /** All volumes on disk, by name. What is not ours is left out. */
    SortedMap<String, Presence> list() throws LinuxException {
        SortedMap<String, Presence> found = new TreeMap<>();
        for (String entry : files.names(homeFd.number())) {
            String name = entry.startsWith(NEW) || entry.startsWith(OLD) ? entry.substring(NEW.length()) : entry;
            if (isName(name)) {
                Presence presence = presence(name);
                if (presence != Presence.FOREIGN) {
                    found.put(name, presence);
                }
            }
        }
        return found;
    }

    @Override
    public void close() {
        homeFd.close();
    }
}

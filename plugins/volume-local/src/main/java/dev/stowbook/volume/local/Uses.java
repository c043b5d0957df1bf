package dev.stowbook.volume.local;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.linux.mount.MountCalls;
import java.nio.file.Path;
import java.util.List;

/**
 * Who uses which volume, and what is mounted for them: {@code users/<volume>/<user>}, an empty file each, and {@code mounts/<volume>}. All of
 * it lies in the run directory and ends with the machine, as do the users.
 */
final class Uses implements AutoCloseable {
    private static final String USERS = "users";
    private static final String MOUNTS = "mounts";

    private final FileCalls files;
    private final MountCalls mounts;
    private final Trees trees;
    private final Path home;
    private final Fd homeFd;

    private Uses(FileCalls files, MountCalls mounts, Path home, Fd homeFd) {
        this.files = files;
        this.mounts = mounts;
        this.trees = new Trees(files);
        this.home = home;
        this.homeFd = homeFd;
    }

    static Uses open(FileCalls files, MountCalls mounts, Path home) throws LinuxException {
        Uses uses = new Uses(files, mounts, home, files.open(
                LibC.AT_FDCWD, RawPath.of(home), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, FileCalls.RESOLVE_NO_MAGICLINKS));
        try {
            uses.makeDirectory(USERS);
            uses.makeDirectory(MOUNTS);
            return uses;
        } catch (LinuxException e) {
            uses.close();
            throw e;
        }
    }

    private void makeDirectory(String path) throws LinuxException {
        try {
            files.mkdir(homeFd.number(), path, 0700);
        } catch (LinuxException e) {
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
        }
    }

    List<String> users(String volume) throws LinuxException {
        if (files.statusIfPresent(homeFd.number(), USERS + "/" + volume).isEmpty()) {
            return List.of();
        }
        try (Fd directory = trees.openDirectory(homeFd.number(), USERS + "/" + volume)) {
            return files.names(directory.number());
        }
    }

    /** Notes a user. Before anything is mounted for it, so that a use that was begun is never overlooked. */
    void begin(String volume, String user) throws LinuxException {
        makeDirectory(USERS + "/" + volume);
        try {
            files.open(homeFd.number(), USERS + "/" + volume + "/" + user, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL, 0600,
                    FileCalls.RESOLVE_BENEATH).close();
        } catch (LinuxException e) {
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
        }
    }

    /** Forgets a user; what is mounted goes with the last one. */
    void end(String volume, String user) throws LinuxException {
        try {
            files.unlink(homeFd.number(), USERS + "/" + volume + "/" + user);
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR) {
                throw e;
            }
        }
        clearIfUnused(volume);
    }

    /** Takes down what is left of a volume that nobody uses; whether nobody does. */
    boolean clearIfUnused(String volume) throws LinuxException {
        if (!users(volume).isEmpty()) {
            return false;
        }
        if (isMounted(volume)) {
            mounts.unmount(RawPath.of(mountPoint(volume)), MountCalls.MNT_DETACH);
        }
        trees.remove(homeFd.number(), MOUNTS + "/" + volume);
        trees.remove(homeFd.number(), USERS + "/" + volume);
        return true;
    }

    Path mountPoint(String volume) {
        return home.resolve(MOUNTS).resolve(volume);
    }

    boolean isMounted(String volume) throws LinuxException {
        var point = files.statusIfPresent(homeFd.number(), MOUNTS + "/" + volume);
        if (point.isEmpty()) {
            return false;
        }
        FileStatus parent = files.status(homeFd.number(), MOUNTS);
        return point.get().devMajor() != parent.devMajor() || point.get().devMinor() != parent.devMinor();
    }

    /** Mounts a volume's file system, unless it is mounted. */
    Path mounted(String volume, VolumeKind.FileSystem kind) throws LinuxException {
        if (!isMounted(volume)) {
            makeDirectory(MOUNTS + "/" + volume);
            try (Fd context = mounts.openFileSystem(kind.type())) {
                mounts.configure(context, "source", RawPath.ofText(kind.source()));
                for (String setting : kind.settings()) {
                    int equals = setting.indexOf('=');
                    if (equals < 0) {
                        mounts.configure(context, RawPath.ofText(setting));
                    } else {
                        mounts.configure(context, setting.substring(0, equals), RawPath.ofText(setting.substring(equals + 1)));
                    }
                }
                mounts.create(context);
                try (Fd mount = mounts.mount(context, kind.attributes())) {
                    mounts.attach(mount, RawPath.of(mountPoint(volume)));
                }
            }
        }
        return mountPoint(volume);
    }

    @Override
    public void close() {
        homeFd.close();
    }
}

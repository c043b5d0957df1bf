package dev.stowbook.linux.cgroup;

import dev.stowbook.linux.LinuxException;
import java.nio.file.Path;
import java.util.List;

/**
 * Cgroup directories and files, and nothing else of the file system: a cgroup driver needs no system call beyond these
 * (cgroup-v1/cgroups.rst, cgroup-v2.rst). Safe for use from any thread; every call is one operation of the kernel.
 *
 * <p>Failures are {@link LinuxException} with the kernel's number and the path; that of a write names the bytes written.
 */
public interface CgroupFiles {

    /** The real thing, by open(2), read(2), write(2), mkdir(2) and rmdir(2). */
    static CgroupFiles real() {
        return NativeCgroupFiles.INSTANCE;
    }

    /** The whole content of a file, without the last line feed. */
    String read(Path file) throws LinuxException;

    /** Writes a value in one write(2); the file must exist. */
    default void write(Path file, String value) throws LinuxException {
        write(file, List.of(value));
    }

    /** Writes values one after the other, each in one write(2), through one descriptor: opening costs most. */
    void write(Path file, List<String> values) throws LinuxException;

    /** Makes a group. @throws LinuxException EEXIST if it is there; ENOENT if its parent is not */
    void makeDirectory(Path directory) throws LinuxException;

    /** Removes a group. @throws LinuxException EBUSY while it has processes or children; ENOENT if it is not there */
    void removeDirectory(Path directory) throws LinuxException;

    /** Whether there is a file or directory at a path. */
    boolean exists(Path path);

    /** Names of the groups directly below one, sorted; none if it is not there. */
    List<String> childDirectories(Path directory) throws LinuxException;

    /**
     * Leaves a mark on a group that only root can set or see: the extended attribute {@code trusted.<name>}, which kernfs keeps for
     * the life of the directory (cgroup-v2.rst, xattr(7)). Idempotent.
     */
    void mark(Path directory, String name) throws LinuxException;

    /** Whether a group has a mark; false if there is no such group. */
    boolean isMarked(Path directory, String name) throws LinuxException;
}

package dev.stowbook.linux.disk;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import java.nio.file.Path;

/** File calls that the JDK does not offer, or offers on channels that an interrupt closes. Any thread; one thread per descriptor. */
public interface Disk {

    /** The real one. */
    static Disk real() {
        return LinuxDisk.INSTANCE;
    }

    /**
     * Opens a file for reading and writing, close-on-exec.
     *
     * @param create makes it with mode 0600 if it is missing
     * @throws LinuxException as open(2)
     */
    Fd open(Path file, boolean create) throws LinuxException;

    /** Opens a directory, for {@link #sync}. @throws LinuxException as open(2) */
    Fd openDirectory(Path directory) throws LinuxException;

    /**
     * Takes flock(2)'s exclusive lock without waiting. It belongs to the open file description: it ends when the last descriptor
     * of it is closed, and closing other descriptors of the same file does not end it, as with the locks of fcntl(2).
     *
     * @return false if somebody has it
     * @throws LinuxException as flock(2), EWOULDBLOCK excepted
     */
    boolean lock(Fd fd) throws LinuxException;

    /**
     * Sets room aside without changing the file's size: fallocate(2) with FALLOC_FL_KEEP_SIZE. A write into such room, through a
     * mapping as well, does not fail for want of it. Doing it twice is harmless.
     *
     * @return false if the file system does not support it (EOPNOTSUPP)
     * @throws LinuxException as fallocate(2); ENOSPC if there is no room
     */
    boolean allocate(Fd fd, long offsetBytes, long lengthBytes) throws LinuxException;

    /**
     * Brings a file's data, pages dirtied through mappings included, and what is needed to find them to the disk: fdatasync(2).
     *
     * @throws LinuxException as fdatasync(2). Not to be retried: the kernel reports a lost page once
     */
    void syncData(Fd fd) throws LinuxException;

    /**
     * Writes all bytes at an offset: pwrite(2). Unlike a channel's write, an interrupt does not close the file.
     *
     * @throws LinuxException as pwrite(2), or ENOSPC if only a part could be written
     */
    void writeAt(Fd fd, long offsetBytes, byte[] bytes) throws LinuxException;

    /** Brings a file or directory to the disk: fsync(2). @throws LinuxException as fsync(2); not to be retried */
    void sync(Fd fd) throws LinuxException;
}

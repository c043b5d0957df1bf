package dev.stowbook.supervisor.log.chronicle;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.disk.Disk;
import dev.stowbook.supervisor.log.LogException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Our own descriptors of the files that the queue writes through mappings: room is set aside through them before a write, and they
 * bring the files to the disk after it. fdatasync(2) covers every dirty page of the file, in whatever block of it, and reports errors
 * that the queue's own sync only logs.
 */
final class BookFiles implements AutoCloseable {
    /** Room set aside at a time, and how far before its end more is set aside: a frame and the index pages it may need. */
    static final long STEP_BYTES = 4 << 20;

    private static final long MARGIN_BYTES = 256 << 10;
    private static final long NEW_FILE_BYTES = 1 << 20;

    private final Disk disk;
    private final Path directory;
    private final Object lock = new Object();
    private final List<Fd> rolled = new ArrayList<>();
    private @Nullable Fd current;
    private boolean newName = true;
    private boolean allocates = true;
    private long allocatedTo;
    private long writtenTo;

    BookFiles(Disk disk, Path directory) {
        this.disk = disk;
        this.directory = directory;
    }

    /** The queue writes to this file from now on. Writer thread. */
    void roll(Path file) throws IOException {
        try {
            Fd next = disk.open(file, false);
            synchronized (lock) {
                if (current != null) {
                    rolled.add(current);
                }
                current = next;
                newName = true;
            }
            allocatedTo = 0;
        } catch (LinuxException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** How far the current file has been written. Writer thread. */
    void written(long offset) {
        writtenTo = offset;
    }

    /**
     * A new file is about to begin: room cannot be set aside in it before the queue has made it, with its header and index pages.
     *
     * @throws LogException DISK_FULL if there is not enough for that and a frame
     */
    void requireRoomForFile(int bytes) throws LogException {
        long usable;
        try {
            usable = Files.getFileStore(directory).getUsableSpace();
        } catch (IOException e) {
            throw new LogException(LogException.Code.BROKEN, "cannot ask how much room " + directory + " has: " + e.getMessage(), e);
        }
        if (usable < bytes + NEW_FILE_BYTES) {
            throw new LogException(
                    LogException.Code.DISK_FULL,
                    "the file system of " + directory + " has " + usable + " bytes left and a new file of the book needs "
                            + (bytes + NEW_FILE_BYTES) + ": nothing was written; make room there and try again");
        }
    }

    /** Sets room aside in the current file. Writer thread. @throws LogException DISK_FULL */
    void reserve(int bytes) throws LogException {
        Fd fd = current;
        long needed = writtenTo + bytes + MARGIN_BYTES;
        if (fd == null || !allocates || needed <= allocatedTo) {
            return;
        }
        long from = Math.max(allocatedTo, writtenTo & -4096);
        try {
            allocates = disk.allocate(fd, from, needed + STEP_BYTES - from);
            allocatedTo = needed + STEP_BYTES;
        } catch (LinuxException e) {
            LogException.Code code = e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT
                    ? LogException.Code.DISK_FULL
                    : LogException.Code.BROKEN;
            throw new LogException(
                    code, "no room could be set aside for the book in " + directory + ": " + e.getMessage() + "; nothing was written", e);
        }
    }

    /** Brings all files written since the last call to the disk, and the directory if one of them is new. Sync thread. */
    void force() throws IOException {
        List<Fd> closing;
        Fd open;
        boolean names;
        synchronized (lock) {
            closing = List.copyOf(rolled);
            open = current;
            names = newName;
            rolled.clear();
            newName = false;
        }
        try {
            for (Fd fd : closing) {
                disk.syncData(fd);
                fd.close();
            }
            if (open != null) {
                disk.syncData(open);
            }
            if (names) {
                syncNames();
            }
        } catch (LinuxException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private void syncNames() throws LinuxException {
        try (Fd fd = disk.openDirectory(directory)) {
            disk.sync(fd);
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            rolled.forEach(Fd::close);
            rolled.clear();
            if (current != null) {
                current.close();
                current = null;
            }
        }
    }
}

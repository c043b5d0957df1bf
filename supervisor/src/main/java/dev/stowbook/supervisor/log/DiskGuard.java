package dev.stowbook.supervisor.log;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Refuses an append that would leave less room than the reserve. Asks the file system (statvfs(3)) every 64 KiB or 50 ms, and at
 * every append once it has refused one. Writer thread.
 */
final class DiskGuard {
    private static final long CHECK_BYTES = 64 << 10;
    private static final long CHECK_NANOS = 50_000_000;

    private final Path directory;
    private final FileStore fileStore;
    private final long reserveBytes;
    private long uncheckedBytes = CHECK_BYTES;
    private long checkedAt;

    DiskGuard(Path directory, long reserveBytes) throws IOException {
        this.directory = directory;
        this.fileStore = Files.getFileStore(directory);
        this.reserveBytes = reserveBytes;
    }

    void require(int bytes) throws LogException {
        uncheckedBytes += bytes;
        long now = System.nanoTime();
        if (uncheckedBytes < CHECK_BYTES && now - checkedAt < CHECK_NANOS) {
            return;
        }
        long usable;
        try {
            usable = fileStore.getUsableSpace();
        } catch (IOException e) {
            throw new LogException(LogException.Code.BROKEN, "cannot ask how much room " + directory + " has: " + e.getMessage(), e);
        }
        if (usable - bytes < reserveBytes) {
            uncheckedBytes = CHECK_BYTES;
            throw full(directory, usable, reserveBytes);
        }
        uncheckedBytes = 0;
        checkedAt = now;
    }

    private static LogException full(Path directory, long usable, long reserve) {
        return new LogException(
                LogException.Code.DISK_FULL,
                "the file system of " + directory + " has " + usable + " bytes left and the book's reserve is " + reserve
                        + ": nothing was written; make room there (remove images or containers, or move other files away) and try again");
    }
}

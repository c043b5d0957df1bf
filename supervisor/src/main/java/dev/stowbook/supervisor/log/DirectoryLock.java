package dev.stowbook.supervisor.log;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.disk.Disk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** One daemon per directory: flock(2) on a file {@code lock} in it, which ends with the process that has it, however it ends. */
final class DirectoryLock implements AutoCloseable {
    private final Fd fd;
    private boolean kept;

    private DirectoryLock(Fd fd) {
        this.fd = fd;
    }

    /** Makes the directory if it is missing and locks it. @throws LogException LOCKED, naming the process that has it */
    static DirectoryLock take(Path directory) throws LogException {
        Path file = directory.resolve("lock");
        Fd fd = null;
        boolean taken = false;
        try {
            Files.createDirectories(directory);
            fd = Disk.real().open(file, true);
            if (!Disk.real().lock(fd)) {
                throw new LogException(
                        LogException.Code.LOCKED,
                        "the book in " + directory + " is in use by process " + Files.readString(file).strip()
                                + " (flock on " + file + "): stop that daemon, or give this one another --root");
            }
            taken = true;
            Files.write(file, (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII));
            return new DirectoryLock(fd);
        } catch (LinuxException | IOException e) {
            taken = false;
            throw new LogException(LogException.Code.BROKEN, "cannot lock the book's directory " + directory + ": " + e.getMessage(), e);
        } finally {
            if (fd != null && !taken) {
                fd.close();
            }
        }
    }

    /** From now on it belongs to an open log. */
    void keep() {
        kept = true;
    }

    boolean kept() {
        return kept;
    }

    @Override
    public void close() {
        fd.close();
    }
}

package dev.stowbook.linux.process;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.nio.file.Path;
import java.util.Optional;

/** An exclusive lock on a file (flock(2)): gone when its process ends, however it ends. */
public final class FileLock implements AutoCloseable {
    private final Fd fd;

    private FileLock(Fd fd) {
        this.fd = fd;
    }

    /**
     * Takes the lock, making the file if needed. Never waits.
     *
     * @return empty if somebody else holds it
     */
    public static Optional<FileLock> tryLock(Path file) throws LinuxException {
        try {
            Fd fd = Fd.own(LibC.open(file.toString(), LibC.O_RDWR | LibC.O_CREAT | LibC.O_CLOEXEC, 0600));
            try {
                ProcessCalls.flock(fd.number(), ProcessCalls.LOCK_EX | ProcessCalls.LOCK_NB);
                return Optional.of(new FileLock(fd));
            } catch (LastErrorException e) {
                fd.close();
                if (e.getErrorCode() == Errno.EAGAIN) {
                    return Optional.empty();
                }
                throw e;
            }
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "flock", file.toString());
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}

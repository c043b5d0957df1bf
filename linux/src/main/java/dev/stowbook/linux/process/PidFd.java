package dev.stowbook.linux.process;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import java.util.Optional;

/** A process by descriptor (pidfd_open(2), since Linux 5.3): it never comes to name another process. One thread at a time. */
public final class PidFd implements AutoCloseable {
    private final Fd fd;
    private final ProcessIdentity identity;

    private PidFd(Fd fd, ProcessIdentity identity) {
        this.fd = fd;
        this.identity = identity;
    }

    /**
     * Opens exactly this process: the pid is opened first, then its start time is compared, so that a reused pid is not taken for it.
     *
     * @return empty if the process has ended
     */
    public static Optional<PidFd> open(ProcessIdentity identity) throws LinuxException {
        Fd fd;
        try {
            fd = Fd.own((int) ProcessCalls.syscall(ProcessCalls.SYS_PIDFD_OPEN, identity.pid(), 0, 0, 0));
        } catch (LastErrorException e) {
            if (e.getErrorCode() == Errno.ESRCH) {
                return Optional.empty();
            }
            throw new LinuxException(e.getErrorCode(), "pidfd_open", Integer.toString(identity.pid()));
        }
        if (!identity.isAlive()) {
            fd.close();
            return Optional.empty();
        }
        return Optional.of(new PidFd(fd, identity));
    }

    /** Which process it is. */
    public ProcessIdentity identity() {
        return identity;
    }

    /** The descriptor, readable for poll(2) once the process has ended; owned by this object. */
    public Fd fd() {
        return fd;
    }

    /**
     * Sends a signal (pidfd_send_signal(2)).
     *
     * @return false if the process has ended
     */
    public boolean signal(int number) throws LinuxException {
        try {
            ProcessCalls.syscall(ProcessCalls.SYS_PIDFD_SEND_SIGNAL, fd.number(), number, 0, 0);
            return true;
        } catch (LastErrorException e) {
            if (e.getErrorCode() == Errno.ESRCH) {
                return false;
            }
            throw new LinuxException(e.getErrorCode(), "pidfd_send_signal " + number, identity.toString());
        }
    }

    /**
     * Waits until the process has ended (it may still be a zombie). Blocks.
     *
     * @return false if it has not within the time
     */
    public boolean awaitEnd(int timeoutMillis) throws LinuxException {
        // SAFETY: struct pollfd: int fd, short events, short revents
        Memory polled = new Memory(8);
        polled.setInt(0, fd.number());
        polled.setShort(4, (short) 1 /* POLLIN */);
        polled.setShort(6, (short) 0);
        try {
            return ProcessCalls.poll(polled, 1, timeoutMillis) == 1;
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "poll", identity.toString());
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}

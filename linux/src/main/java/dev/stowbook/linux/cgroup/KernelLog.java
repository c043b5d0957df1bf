package dev.stowbook.linux.cgroup;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What the kernel says from now on, record by record: {@code /dev/kmsg} (Documentation/ABI/testing/dev-kmsg). Needs CAP_SYSLOG where
 * {@code kernel.dmesg_restrict} is on. One thread.
 */
final class KernelLog {
    private static final Path KMSG = Path.of("/dev/kmsg");
    private static final int SEEK_END = 2;
    /** kernel/printk: CONSOLE_EXT_LOG_MAX. */
    private static final int RECORD_BYTES = 8192;

    private final Fd kmsg;

    private KernelLog(Fd kmsg) {
        this.kmsg = kmsg;
    }

    /** Opens it behind its last record. @throws LinuxException EPERM, EACCES or ENOENT where it can't be read */
    static KernelLog open() throws LinuxException {
        try {
            Fd kmsg = Fd.own(LibC.open(KMSG.toString(), LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_NONBLOCK, 0));
            try {
                CgroupNative.lseek(kmsg.number(), 0, SEEK_END);
            } catch (LastErrorException e) {
                kmsg.close();
                throw e;
            }
            return new KernelLog(kmsg);
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "open and lseek to the end", KMSG.toString());
        }
    }

    Fd descriptor() {
        return kmsg;
    }

    /** Reads all there is. @return whether a record contains a text, or records were overwritten before they could be read */
    boolean mentions(String text) {
        byte[] record = new byte[RECORD_BYTES];
        boolean found = false;
        while (true) {
            try {
                int length = (int) LibC.read(kmsg.number(), record, record.length);
                if (length <= 0) {
                    return found;
                }
                found |= new String(record, 0, length, StandardCharsets.UTF_8).contains(text);
            } catch (LastErrorException e) {
                if (e.getErrorCode() == Errno.EAGAIN) {
                    return found;
                }
                // EPIPE: the ring went round; the next read goes on with the oldest record it still has.
                found = true;
                if (e.getErrorCode() != Errno.EPIPE) {
                    return found;
                }
            }
        }
    }

    void close() {
        kmsg.close();
    }
}

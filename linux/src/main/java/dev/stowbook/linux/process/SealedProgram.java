package dev.stowbook.linux.process;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.util.Arrays;

/**
 * Bytes in a sealed memfd (memfd_create(2)): nobody can change them any more, not even a container that reaches the program it was
 * started by through {@code /proc/<pid>/exe} (CVE-2019-5736).
 */
public final class SealedProgram implements AutoCloseable {
    private final Fd fd;

    private SealedProgram(Fd fd) {
        this.fd = fd;
    }

    /**
     * A program that can be executed as {@code /proc/self/fd/N}.
     *
     * @param name shown by {@code readlink /proc/<pid>/exe}
     * @param program the whole ELF file
     * @throws LinuxException if the kernel refuses: memfds may be mounted noexec by {@code vm.memfd_noexec=2}
     */
    public static SealedProgram executable(String name, byte[] program) throws LinuxException {
        return sealed(name, program, ProcessCalls.MFD_EXEC);
    }

    /** Data that its reader can map without fear of it changing. */
    public static SealedProgram data(String name, byte[] bytes) throws LinuxException {
        return sealed(name, bytes, 0);
    }

    private static SealedProgram sealed(String name, byte[] bytes, int flags) throws LinuxException {
        Fd fd = create(name, flags);
        try {
            writeAll(fd, bytes, name);
            ProcessCalls.fcntl(fd.number(), ProcessCalls.F_ADD_SEALS, ProcessCalls.ALL_SEALS);
            return new SealedProgram(fd);
        } catch (LastErrorException e) {
            fd.close();
            throw new LinuxException(e.getErrorCode(), "fcntl F_ADD_SEALS", name);
        } catch (LinuxException e) {
            fd.close();
            throw e;
        }
    }

    private static Fd create(String name, int flags) throws LinuxException {
        int common = ProcessCalls.MFD_CLOEXEC | ProcessCalls.MFD_ALLOW_SEALING;
        try {
            return Fd.own(ProcessCalls.memfd_create(name, common | flags));
        } catch (LastErrorException e) {
            if (e.getErrorCode() != Errno.EINVAL || flags == 0) {
                throw new LinuxException(e.getErrorCode(), "memfd_create", name);
            }
        }
        try { // MFD_EXEC is known since 6.3; before, every memfd is executable
            return Fd.own(ProcessCalls.memfd_create(name, common));
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "memfd_create", name);
        }
    }

    private static void writeAll(Fd fd, byte[] bytes, String name) throws LinuxException {
        for (int at = 0; at < bytes.length; ) {
            byte[] rest = at == 0 ? bytes : Arrays.copyOfRange(bytes, at, bytes.length);
            try {
                at += (int) LibC.write(fd.number(), rest, rest.length);
            } catch (LastErrorException e) {
                throw new LinuxException(e.getErrorCode(), "write", name);
            }
        }
    }

    /** The descriptor; owned by this object. */
    public Fd fd() {
        return fd;
    }

    @Override
    public void close() {
        fd.close();
    }
}

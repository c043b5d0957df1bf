package dev.stowbook.linux.disk;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.nio.file.Path;

/** The kernel's answers. */
final class LinuxDisk implements Disk {
    static final LinuxDisk INSTANCE = new LinuxDisk();

    private LinuxDisk() {}

    @Override
    public Fd open(Path file, boolean create) throws LinuxException {
        return open(file, LibC.O_RDWR | (create ? LibC.O_CREAT : 0));
    }

    @Override
    public Fd openDirectory(Path directory) throws LinuxException {
        return open(directory, LibC.O_RDONLY | LibC.O_DIRECTORY);
    }

    private static Fd open(Path file, int flags) throws LinuxException {
        try {
            return Fd.own(LibC.open(file.toString(), flags | LibC.O_CLOEXEC, 0600));
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "open", file.toString());
        }
    }

    @Override
    public boolean lock(Fd fd) throws LinuxException {
        try {
            DiskCalls.flock(fd.number(), DiskCalls.LOCK_EX | DiskCalls.LOCK_NB);
            return true;
        } catch (LastErrorException e) {
            if (e.getErrorCode() == Errno.EAGAIN) {
                return false;
            }
            throw failed(e, "flock", fd);
        }
    }

    @Override
    public boolean allocate(Fd fd, long offsetBytes, long lengthBytes) throws LinuxException {
        try {
            DiskCalls.fallocate(fd.number(), DiskCalls.FALLOC_FL_KEEP_SIZE, offsetBytes, lengthBytes);
            return true;
        } catch (LastErrorException e) {
            if (e.getErrorCode() == Errno.EOPNOTSUPP) {
                return false;
            }
            throw failed(e, "fallocate", fd);
        }
    }

    @Override
    public void writeAt(Fd fd, long offsetBytes, byte[] bytes) throws LinuxException {
        try {
            if (DiskCalls.pwrite(fd.number(), bytes, bytes.length, offsetBytes) != bytes.length) {
                throw new LinuxException(Errno.ENOSPC, "pwrite of " + bytes.length + " bytes", "descriptor " + fd.number());
            }
        } catch (LastErrorException e) {
            throw failed(e, "pwrite of " + bytes.length + " bytes", fd);
        }
    }

    @Override
    public void syncData(Fd fd) throws LinuxException {
        try {
            DiskCalls.fdatasync(fd.number());
        } catch (LastErrorException e) {
            throw failed(e, "fdatasync", fd);
        }
    }

    @Override
    public void sync(Fd fd) throws LinuxException {
        try {
            LibC.fsync(fd.number());
        } catch (LastErrorException e) {
            throw failed(e, "fsync", fd);
        }
    }

    private static LinuxException failed(LastErrorException e, String call, Fd fd) {
        return new LinuxException(e.getErrorCode(), call, "descriptor " + fd.number());
    }
}

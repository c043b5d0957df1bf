package dev.stowbook.linux.file;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** {@link FileCalls} on the running kernel. Stateless. */
final class LinuxFileCalls implements FileCalls {
    static final LinuxFileCalls INSTANCE = new LinuxFileCalls();

    private static final byte[] EMPTY = new byte[1];
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int STATX_BYTES = 256;
    // _IOW(0x94, 9, int), the same number on x86-64 and aarch64
    private static final long FICLONE = 0x40049409L;
    private static final int SEEK_SET = 0;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int MAX_XATTR_BYTES = 65536;

    // JNA copies a whole array in and back for each call, so that small files would cost as much as large ones.
    private static final ThreadLocal<ByteBuffer> DATA = ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(128 * 1024));

    private LinuxFileCalls() {}

    private interface Call {
        long run() throws LastErrorException;
    }

    private static long run(String name, String target, Call call) throws LinuxException {
        while (true) {
            try {
                return call.run();
            } catch (LastErrorException e) {
                if (e.getErrorCode() != Errno.EINTR) {
                    throw new LinuxException(e.getErrorCode(), name, RawPath.display(target));
                }
            }
        }
    }

    private static String fd(int number) {
        return "fd " + number;
    }

    @Override
    public Fd open(int dirFd, String path, int flags, int mode, long resolve) throws LinuxException {
        // SAFETY: struct open_how is three u64: flags, mode, resolve; mode must be 0 unless a file may be created.
        byte[] how = new byte[24];
        ByteBuffer.wrap(how)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong((flags | LibC.O_CLOEXEC | LibC.O_NOFOLLOW) & 0xffffffffL)
                .putLong(mode)
                .putLong(resolve);
        byte[] name = RawPath.terminated(path);
        for (int attempt = 0; ; attempt++) {
            try {
                return Fd.own((int) run(
                        "openat2", path, () -> NativeFile.syscall(NativeFile.SYS_OPENAT2, dirFd, name, how, how.length)));
            } catch (LinuxException e) {
                // openat2(2): EAGAIN when a rename elsewhere raced with the walk; the man page says to try again
                if (e.errno() != Errno.EAGAIN || attempt == 100) {
                    throw e;
                }
            }
        }
    }

    @Override
    public int read(int fd, byte[] buffer, int count) throws LinuxException {
        ByteBuffer direct = DATA.get().clear();
        int wanted = Math.min(Math.min(count, buffer.length), direct.capacity());
        int got = (int) run("read", fd(fd), () -> NativeFile.read(fd, direct, wanted));
        direct.get(buffer, 0, got);
        return got;
    }

    @Override
    public void write(int fd, byte[] buffer, int count) throws LinuxException {
        ByteBuffer direct = DATA.get();
        for (int done = 0; done < count; ) {
            int length = Math.min(count - done, direct.capacity());
            direct.clear().put(buffer, done, length).flip();
            done += (int) run("write", fd(fd), () -> NativeFile.write(fd, direct, length));
        }
    }

    @Override
    public void mkdir(int dirFd, String path, int mode) throws LinuxException {
        run("mkdirat", path, () -> NativeFile.mkdirat(dirFd, RawPath.terminated(path), mode));
    }

    @Override
    public void mknod(int dirFd, String path, int mode, int major, int minor) throws LinuxException {
        // gnu_dev_makedev(3): minor 7..0, major 11..0 from bit 8, minor's upper 24 bits from bit 20, major's from bit 44
        long device = (minor & 0xffL) | ((major & 0xfffL) << 8) | ((minor & 0xffffff00L) << 12) | ((major & 0xfffff000L) << 32);
        run("mknodat", path, () -> NativeFile.mknodat(dirFd, RawPath.terminated(path), mode, device));
    }

    @Override
    public void symlink(String target, int dirFd, String path) throws LinuxException {
        run("symlinkat", path, () -> NativeFile.symlinkat(RawPath.terminated(target), dirFd, RawPath.terminated(path)));
    }

    @Override
    public void link(int oldDirFd, String oldPath, int newDirFd, String newPath) throws LinuxException {
        run("linkat", newPath, () -> NativeFile.linkat(
                oldDirFd, RawPath.terminated(oldPath), newDirFd, RawPath.terminated(newPath), 0));
    }

    @Override
    public void link(int fd, int newDirFd, String newPath) throws LinuxException {
        run("linkat", newPath, () -> NativeFile.linkat(
                LibC.AT_FDCWD, RawPath.terminated("/proc/self/fd/" + fd), newDirFd, RawPath.terminated(newPath), LibC.AT_SYMLINK_FOLLOW));
    }

    @Override
    public void unlink(int dirFd, String path) throws LinuxException {
        run("unlinkat", path, () -> NativeFile.unlinkat(dirFd, RawPath.terminated(path), 0));
    }

    @Override
    public void rmdir(int dirFd, String path) throws LinuxException {
        run("rmdir", path, () -> NativeFile.unlinkat(dirFd, RawPath.terminated(path), LibC.AT_REMOVEDIR));
    }

    @Override
    public void rename(int oldDirFd, String oldPath, int newDirFd, String newPath, int flags) throws LinuxException {
        run("renameat2", oldPath + " to " + newPath, () -> NativeFile.renameat2(
                oldDirFd, RawPath.terminated(oldPath), newDirFd, RawPath.terminated(newPath), flags));
    }

    @Override
    public void chown(int dirFd, String path, int uid, int gid) throws LinuxException {
        run("fchownat", path, () -> NativeFile.fchownat(
                dirFd, RawPath.terminated(path), uid, gid, LibC.AT_SYMLINK_NOFOLLOW));
    }

    @Override
    public void chown(int fd, int uid, int gid) throws LinuxException {
        run("fchown", fd(fd), () -> NativeFile.fchownat(fd, EMPTY, uid, gid, LibC.AT_EMPTY_PATH));
    }

    @Override
    public void chmod(int dirFd, String path, int permissions) throws LinuxException {
        run("fchmodat", path, () -> NativeFile.fchmodat(dirFd, RawPath.terminated(path), permissions, 0));
    }

    @Override
    public void chmod(int fd, int permissions) throws LinuxException {
        run("fchmod", fd(fd), () -> NativeFile.fchmod(fd, permissions));
    }

    @Override
    public void setTimes(int dirFd, String path, long seconds, int nanos) throws LinuxException {
        run("utimensat", path, () -> NativeFile.utimensat(
                dirFd, RawPath.terminated(path), times(seconds, nanos), LibC.AT_SYMLINK_NOFOLLOW));
    }

    @Override
    public void setTimes(int fd, long seconds, int nanos) throws LinuxException {
        run("futimens", fd(fd), () -> NativeFile.futimens(fd, times(seconds, nanos)));
    }

    // SAFETY: two struct timespec of two 64-bit fields each, access time first.
    private static byte[] times(long seconds, int nanos) {
        byte[] times = new byte[32];
        ByteBuffer.wrap(times)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(seconds)
                .putLong(nanos)
                .putLong(seconds)
                .putLong(nanos);
        return times;
    }

    @Override
    public FileStatus status(int dirFd, String path) throws LinuxException {
        byte[] status = new byte[STATX_BYTES];
        run("statx", path, () -> NativeFile.statx(
                dirFd, RawPath.terminated(path), LibC.AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, status));
        return FileStatus.ofStatx(status);
    }

    @Override
    public FileStatus status(int fd) throws LinuxException {
        byte[] status = new byte[STATX_BYTES];
        run("statx", fd(fd), () -> NativeFile.statx(fd, EMPTY, LibC.AT_EMPTY_PATH, STATX_BASIC_STATS, status));
        return FileStatus.ofStatx(status);
    }

    @Override
    public Optional<FileStatus> statusIfPresent(int dirFd, String path) throws LinuxException {
        try {
            return Optional.of(status(dirFd, path));
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public String readLink(int dirFd, String path) throws LinuxException {
        byte[] target = new byte[RawPath.MAX_PATH_BYTES + 1];
        int length = (int) run("readlinkat", path, () -> NativeFile.readlinkat(
                dirFd, RawPath.terminated(path), target, target.length));
        return RawPath.ofBytes(Arrays.copyOf(target, length));
    }

    @Override
    public List<String> names(int dirFd) throws LinuxException {
        run("lseek", fd(dirFd), () -> NativeFile.lseek(dirFd, 0, SEEK_SET));
        byte[] buffer = new byte[32768];
        ByteBuffer view = ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN);
        List<String> names = new ArrayList<>();
        while (true) {
            int length = (int) run("getdents64", fd(dirFd), () -> NativeFile.syscall(
                    NativeFile.SYS_GETDENTS64, dirFd, buffer, buffer.length));
            if (length == 0) {
                Collections.sort(names);
                return names;
            }
            // SAFETY: struct linux_dirent64: u64 ino, s64 off, u16 reclen, u8 type, NUL-terminated name.
            for (int at = 0; at < length; at += view.getShort(at + 16) & 0xffff) {
                int end = at + 19;
                while (buffer[end] != 0) {
                    end++;
                }
                String name = RawPath.ofBytes(Arrays.copyOfRange(buffer, at + 19, end));
                if (!name.equals(".") && !name.equals("..")) {
                    names.add(name);
                }
            }
        }
    }

    // The *at forms of these calls came with Linux 6.13; before, a directory is named through procfs.
    private static byte[] procPath(int dirFd, String path) {
        if (dirFd == LibC.AT_FDCWD) {
            return RawPath.terminated(path);
        }
        return RawPath.terminated("/proc/self/fd/" + dirFd + "/" + (path.isEmpty() ? "." : path));
    }

    @Override
    public void setXattr(int fd, String name, byte[] value) throws LinuxException {
        run("fsetxattr " + name, fd(fd), () -> NativeFile.fsetxattr(fd, RawPath.terminated(name), value, value.length, 0));
    }

    @Override
    public void setXattr(int dirFd, String path, String name, byte[] value) throws LinuxException {
        run("lsetxattr " + name, path, () -> NativeFile.lsetxattr(
                procPath(dirFd, path), RawPath.terminated(name), value, value.length, 0));
    }

    @Override
    public Optional<byte[]> xattr(int dirFd, String path, String name) throws LinuxException {
        return value(buffer -> (int) run("lgetxattr " + name, path, () -> NativeFile.lgetxattr(
                procPath(dirFd, path), RawPath.terminated(name), buffer, buffer.length)));
    }

    @Override
    public Optional<byte[]> xattr(int fd, String name) throws LinuxException {
        return value(buffer -> (int) run("fgetxattr " + name, fd(fd), () -> NativeFile.fgetxattr(
                fd, RawPath.terminated(name), buffer, buffer.length)));
    }

    @Override
    public List<String> xattrNames(int dirFd, String path) throws LinuxException {
        return list(buffer -> (int) run("llistxattr", path, () -> NativeFile.llistxattr(procPath(dirFd, path), buffer, buffer.length)));
    }

    @Override
    public List<String> xattrNames(int fd) throws LinuxException {
        return list(buffer -> (int) run("flistxattr", fd(fd), () -> NativeFile.flistxattr(fd, buffer, buffer.length)));
    }

    /** A call that fills a buffer, or says by ERANGE that it is too small. */
    private interface Filling {
        int into(byte[] buffer) throws LinuxException;
    }

    private static Optional<byte[]> value(Filling filling) throws LinuxException {
        try {
            return Optional.of(filled(256, filling));
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENODATA || e.errno() == Errno.EOPNOTSUPP) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static List<String> list(Filling filling) throws LinuxException {
        byte[] joined;
        try {
            joined = filled(256, filling);
        } catch (LinuxException e) {
            if (e.errno() == Errno.EOPNOTSUPP) {
                return List.of();
            }
            throw e;
        }
        if (joined.length == 0) {
            return List.of();
        }
        List<String> names = new ArrayList<>(List.of(
                RawPath.ofBytes(Arrays.copyOf(joined, joined.length - 1)).split("\0")));
        Collections.sort(names);
        return names;
    }

    private static byte[] filled(int guessBytes, Filling filling) throws LinuxException {
        byte[] buffer = new byte[guessBytes];
        try {
            return Arrays.copyOf(buffer, filling.into(buffer));
        } catch (LinuxException e) {
            if (e.errno() != Errno.ERANGE) {
                throw e;
            }
        }
        byte[] large = new byte[MAX_XATTR_BYTES];
        return Arrays.copyOf(large, filling.into(large));
    }

    @Override
    public void removeXattr(int dirFd, String path, String name) throws LinuxException {
        run("lremovexattr " + name, path, () -> NativeFile.lremovexattr(procPath(dirFd, path), RawPath.terminated(name)));
    }

    @Override
    public void truncate(int fd, long lengthBytes) throws LinuxException {
        run("ftruncate to " + lengthBytes, fd(fd), () -> NativeFile.ftruncate(fd, lengthBytes));
    }

    @Override
    public void seek(int fd, long offsetBytes) throws LinuxException {
        run("lseek to " + offsetBytes, fd(fd), () -> NativeFile.lseek(fd, offsetBytes, SEEK_SET));
    }

    @Override
    public Optional<Long> nextData(int fd, long offsetBytes) throws LinuxException {
        try {
            return Optional.of(run("lseek", fd(fd), () -> NativeFile.lseek(fd, offsetBytes, SEEK_DATA)));
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENXIO) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public long nextHole(int fd, long offsetBytes) throws LinuxException {
        return run("lseek", fd(fd), () -> NativeFile.lseek(fd, offsetBytes, SEEK_HOLE));
    }

    @Override
    public boolean cloneData(int fromFd, int toFd) throws LinuxException {
        try {
            run("ioctl FICLONE", fd(toFd), () -> NativeFile.ioctl(toFd, FICLONE, fromFd));
            return true;
        } catch (LinuxException e) {
            return switch (e.errno()) {
                case Errno.EOPNOTSUPP, Errno.EXDEV, Errno.EINVAL, Errno.ENOTTY -> false;
                default -> throw e;
            };
        }
    }

    @Override
    public long copyRange(int fromFd, int toFd, long count) throws LinuxException {
        try {
            return run("copy_file_range", fd(toFd), () -> NativeFile.copy_file_range(fromFd, null, toFd, null, count, 0));
        } catch (LinuxException e) {
            if (e.errno() != Errno.EXDEV) {
                throw e;
            }
        }
        // SAFETY: without an offset both calls move the files' own positions; the one that failed has not.
        return run("sendfile", fd(toFd), () -> NativeFile.sendfile(toFd, fromFd, null, count));
    }

    @Override
    public void fsync(int fd) throws LinuxException {
        run("fsync", fd(fd), () -> LibC.fsync(fd));
    }

    @Override
    public void syncFileSystem(int fd) throws LinuxException {
        run("syncfs", fd(fd), () -> NativeFile.syncfs(fd));
    }

    @Override
    public long fileSystemMagic(int fd) throws LinuxException {
        // SAFETY: struct statfs is 120 bytes on 64-bit; f_type is its first field, 64 bits.
        byte[] status = new byte[128];
        run("fstatfs", fd(fd), () -> NativeFile.fstatfs(fd, status));
        return ByteBuffer.wrap(status).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    }
}

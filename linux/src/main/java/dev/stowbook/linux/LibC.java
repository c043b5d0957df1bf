package dev.stowbook.linux;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * The C library's entry points that every area needs, mapped directly. Areas map their own calls beside this class.
 *
 * <p>SAFETY: every method throws LastErrorException, by which JNA reads errno on the same thread in the same call; reading it
 * later would see another call's value. Variadic calls (open, fcntl, ioctl, syscall) are declared with the fixed arguments we
 * use; on x86-64 and aarch64 Linux the calling convention passes integer arguments of variadic functions in the same registers.
 */
public final class LibC {
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0x40;
    public static final int O_EXCL = 0x80;
    public static final int O_TRUNC = 0x200;
    public static final int O_APPEND = 0x400;
    public static final int O_NONBLOCK = 0x800;
    public static final int O_CLOEXEC = 0x80000;
    public static final int O_PATH = 0x200000;
    // O_DIRECTORY and O_NOFOLLOW differ: asm-generic has 0200000 and 0400000 (x86-64), arm64 has 040000 and 0100000.
    public static final int O_DIRECTORY = Arch.isAarch64() ? 0x4000 : 0x10000;
    /** A file without a name in the directory that is opened; since Linux 3.11, in overlay since 6.1, not in every file system. */
    public static final int O_TMPFILE = 0x400000 | O_DIRECTORY;
    public static final int O_NOFOLLOW = Arch.isAarch64() ? 0x8000 : 0x20000;
    public static final int AT_FDCWD = -100;
    public static final int AT_EMPTY_PATH = 0x1000;
    public static final int AT_SYMLINK_FOLLOW = 0x400;
    public static final int AT_SYMLINK_NOFOLLOW = 0x100;
    public static final int AT_REMOVEDIR = 0x200;

    static {
        Native.register(LibC.class, "c");
    }

    private LibC() {}

    public static native int open(String path, int flags, int mode) throws LastErrorException;

    public static native int close(int fd) throws LastErrorException;

    public static native long read(int fd, byte[] buffer, long count) throws LastErrorException;

    public static native long write(int fd, byte[] buffer, long count) throws LastErrorException;

    public static native int fsync(int fd) throws LastErrorException;

    public static native int getpid() throws LastErrorException;

    public static native Pointer strerror(int errno);
}

package dev.stowbook.linux.file;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import dev.stowbook.linux.Arch;
import java.nio.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * The C library's file calls, mapped directly.
 *
 * <p>SAFETY: byte arrays are copied by JNA for the call and copied back after it; the kernel keeps no pointer to any of them. Strings are
 * passed as NUL-terminated arrays made by {@link RawPath#terminated}. Output arrays are as long as the length passed beside them.
 * Data goes through direct buffers, whose address the kernel gets for the call; the caller holds the buffer meanwhile. Every method throws LastErrorException, so errno is read in the same call on the same thread. {@code syscall} is variadic and declared
 * with the fixed arguments in use: integer arguments travel in the same registers on x86-64 and aarch64.
 */
final class NativeFile {
    static final long SYS_OPENAT2 = 437;
    static final long SYS_GETDENTS64 = Arch.isAarch64() ? 61 : 217;

    static {
        Native.register(NativeFile.class, "c");
    }

    private NativeFile() {}

    static native long syscall(long number, long dirFd, byte[] path, byte[] how, long size) throws LastErrorException;

    static native long syscall(long number, long fd, byte[] buffer, long size) throws LastErrorException;

    static native long read(int fd, Buffer buffer, long count) throws LastErrorException;

    static native long write(int fd, Buffer buffer, long count) throws LastErrorException;

    static native int mkdirat(int dirFd, byte[] path, int mode) throws LastErrorException;

    static native int mknodat(int dirFd, byte[] path, int mode, long device) throws LastErrorException;

    static native int symlinkat(byte[] target, int dirFd, byte[] path) throws LastErrorException;

    static native int linkat(int oldDirFd, byte[] oldPath, int newDirFd, byte[] newPath, int flags) throws LastErrorException;

    static native int unlinkat(int dirFd, byte[] path, int flags) throws LastErrorException;

    static native int renameat2(int oldDirFd, byte[] oldPath, int newDirFd, byte[] newPath, int flags)
            throws LastErrorException;

    static native int fchownat(int dirFd, byte[] path, int uid, int gid, int flags) throws LastErrorException;

    static native int fchmodat(int dirFd, byte[] path, int mode, int flags) throws LastErrorException;

    static native int fchmod(int fd, int mode) throws LastErrorException;

    static native int utimensat(int dirFd, byte[] path, byte[] times, int flags) throws LastErrorException;

    static native int futimens(int fd, byte[] times) throws LastErrorException;

    static native int statx(int dirFd, byte[] path, int flags, int mask, byte[] status) throws LastErrorException;

    static native long readlinkat(int dirFd, byte[] path, byte[] target, long size) throws LastErrorException;

    static native int lsetxattr(byte[] path, byte[] name, byte[] value, long size, int flags) throws LastErrorException;

    static native int fsetxattr(int fd, byte[] name, byte[] value, long size, int flags) throws LastErrorException;

    static native long lgetxattr(byte[] path, byte[] name, byte[] value, long size) throws LastErrorException;

    static native long llistxattr(byte[] path, byte[] names, long size) throws LastErrorException;

    static native long fgetxattr(int fd, byte[] name, byte[] value, long size) throws LastErrorException;

    static native long flistxattr(int fd, byte[] names, long size) throws LastErrorException;

    static native int lremovexattr(byte[] path, byte[] name) throws LastErrorException;

    static native int ftruncate(int fd, long length) throws LastErrorException;

    static native long lseek(int fd, long offset, int whence) throws LastErrorException;

    static native long copy_file_range(int in, byte @Nullable [] inOffset, int out, byte @Nullable [] outOffset, long count, int flags)
            throws LastErrorException;

    static native long sendfile(int out, int in, byte @Nullable [] inOffset, long count) throws LastErrorException;

    static native int ioctl(int fd, long request, long argument) throws LastErrorException;

    static native int syncfs(int fd) throws LastErrorException;

    static native int fstatfs(int fd, byte[] status) throws LastErrorException;
}

package dev.stowbook.linux.cgroup;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * System calls of this area, mapped directly.
 *
 * <p>SAFETY: each method but access throws LastErrorException, so JNA reads errno on the calling thread within the same call. Byte arrays are
 * copied or pinned by JNA for the length of the call only; the kernel keeps no pointer to any of them. Strings are passed as
 * NUL-terminated UTF-8. No call changes a property of the thread.
 */
final class CgroupNative {
    static final int EFD_CLOEXEC = 0x80000;
    static final int EFD_NONBLOCK = 0x800;
    static final int EPOLL_CLOEXEC = 0x80000;
    static final int EPOLL_CTL_ADD = 1;
    static final int EPOLLIN = 1;
    static final int EPOLLPRI = 2;
    static final int EPOLLERR = 8;
    static final int IN_CLOEXEC = 0x80000;
    static final int IN_NONBLOCK = 0x800;
    static final int IN_MODIFY = 2;
    /** pidfd_open(2) and pidfd_send_signal(2) have the same numbers on x86-64 and aarch64. */
    static final long SYS_PIDFD_SEND_SIGNAL = 424;

    static final long SYS_PIDFD_OPEN = 434;

    static {
        Native.register(CgroupNative.class, "c");
    }

    private CgroupNative() {}

    static native int mkdir(String path, int mode) throws LastErrorException;

    static native int rmdir(String path) throws LastErrorException;

    /** Without errno: 0 if it is there; the reason why not is of no use, and an exception would cost more than the call. */
    static native int access(String path, int mode);

    /** SAFETY: struct statfs has 120 bytes on x86-64 and aarch64, f_type is its first eight; the buffer has 256. */
    static native int statfs(String path, byte[] buffer) throws LastErrorException;

    static native int setxattr(String path, String name, byte[] value, long size, int flags) throws LastErrorException;

    /** SAFETY: the kernel writes at most {@code size} bytes, the length of the buffer, and answers ERANGE if that is too little. */
    static native long getxattr(String path, String name, byte[] value, long size) throws LastErrorException;

    static native int eventfd(int initial, int flags) throws LastErrorException;

    static native int epoll_create1(int flags) throws LastErrorException;

    /** SAFETY: struct epoll_event is read only: packed, 12 bytes on x86-64; 16 on aarch64, with the data at offset 8. */
    static native int epoll_ctl(int epfd, int op, int fd, byte[] event) throws LastErrorException;

    /** SAFETY: the buffer must hold {@code maxEvents} structs epoll_event of the size given at {@link #epoll_ctl}. */
    static native int epoll_wait(int epfd, byte[] events, int maxEvents, int timeoutMillis) throws LastErrorException;

    static native long lseek(int fd, long offset, int whence) throws LastErrorException;

    static native int inotify_init1(int flags) throws LastErrorException;

    static native int inotify_add_watch(int fd, String path, int mask) throws LastErrorException;

    static native int inotify_rm_watch(int fd, int wd) throws LastErrorException;

    /**
     * SAFETY: all arguments are integers (a null pointer is passed as 0) and go into the registers of a variadic function in order
     * on both architectures.
     */
    static native long syscall(long number, long a, long b, long c, long d) throws LastErrorException;

    /** SAFETY: as above, with a pointer to memory that the caller keeps and sizes, for bpf(2). */
    static native long syscall(long number, long command, Pointer attr, long size) throws LastErrorException;
}

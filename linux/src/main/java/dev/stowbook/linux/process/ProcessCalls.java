package dev.stowbook.linux.process;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * The C library's entry points of this area, mapped directly.
 *
 * <p>SAFETY: errno is read by JNA on the same thread in the same call, for every method that declares LastErrorException;
 * the {@code posix_spawn*} family returns its error instead and declares none. Structures are passed as memory of at least the C
 * library's size (glibc: posix_spawn_file_actions_t 80 bytes, posix_spawnattr_t 336, sigset_t 128; musl's are no larger).
 */
final class ProcessCalls {
    static final int MFD_CLOEXEC = 1;
    static final int MFD_ALLOW_SEALING = 2;
    static final int MFD_EXEC = 0x10;
    static final int F_DUPFD_CLOEXEC = 1030;
    static final int F_ADD_SEALS = 1033;
    /** F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW and F_SEAL_WRITE. */
    static final int ALL_SEALS = 0xf;

    static final int SPAWN_SETSIGDEF = 0x04;
    static final int SPAWN_SETSIGMASK = 0x08;
    static final int SPAWN_SETSID = 0x80;
    static final int WEXITED = 4;
    static final int AF_UNIX = 1;
    static final int SOCK_STREAM = 1;
    static final int SOCK_CLOEXEC = 0x80000;
    static final int MNT_DETACH = 2;
    static final int UMOUNT_NOFOLLOW = 8;
    static final int CLONE_NEWUTS = 0x04000000;
    static final int LOCK_EX = 2;
    static final int LOCK_NB = 4;
    // The same numbers on x86-64 and aarch64: system calls since 5.1 are unified.
    static final long SYS_PIDFD_SEND_SIGNAL = 424;
    static final long SYS_PIDFD_OPEN = 434;

    static {
        Native.register(ProcessCalls.class, "c");
    }

    private ProcessCalls() {}

    static native int memfd_create(String name, int flags) throws LastErrorException;

    static native int fcntl(int fd, int command, int argument) throws LastErrorException;

    static native int posix_spawn(Pointer pid, String path, Pointer actions, Pointer attributes, Pointer argv, Pointer envp);

    static native int posix_spawn_file_actions_init(Pointer actions);

    static native int posix_spawn_file_actions_adddup2(Pointer actions, int from, int to);

    static native int posix_spawn_file_actions_addopen(Pointer actions, int fd, String path, int flags, int mode);

    static native int posix_spawn_file_actions_destroy(Pointer actions);

    static native int posix_spawnattr_init(Pointer attributes);

    static native int posix_spawnattr_setflags(Pointer attributes, short flags);

    static native int posix_spawnattr_setsigmask(Pointer attributes, Pointer mask);

    static native int posix_spawnattr_setsigdefault(Pointer attributes, Pointer mask);

    static native int posix_spawnattr_destroy(Pointer attributes);

    static native int sigemptyset(Pointer set) throws LastErrorException;

    static native int sigfillset(Pointer set) throws LastErrorException;

    static native int waitid(int kind, int id, Memory info, int options) throws LastErrorException;

    static native long syscall(long number, long a, long b, long c, long d) throws LastErrorException;

    static native int socket(int domain, int type, int protocol) throws LastErrorException;

    static native int bind(int fd, Memory address, int length) throws LastErrorException;

    static native int listen(int fd, int backlog) throws LastErrorException;

    static native int fchmod(int fd, int mode) throws LastErrorException;

    static native int flock(int fd, int operation) throws LastErrorException;

    static native int pipe2(int[] ends, int flags) throws LastErrorException;

    static native int umount2(String path, int flags) throws LastErrorException;

    static native int setns(int fd, int kind) throws LastErrorException;

    static native int sethostname(byte[] name, long length) throws LastErrorException;

    static native int poll(Memory fds, long count, int timeoutMillis) throws LastErrorException;
}

package dev.stowbook.linux.mount;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import org.jspecify.annotations.Nullable;

/**
 * The C library's mount calls, mapped directly.
 *
 * <p>SAFETY: strings are NUL-terminated byte arrays that JNA copies for the call; the kernel keeps none. {@code syscall} is variadic and
 * declared with the fixed arguments in use, which travel in the same registers on x86-64 and aarch64. errno is read in the same call on the
 * same thread. Mounts made here belong to the mount namespace of the calling thread; only {@link OptionPage} ever changes that, on a thread of its own.
 */
final class NativeMount {
    // Numbers since 424 are the same on all architectures.
    static final long SYS_OPEN_TREE = 428;
    static final long SYS_MOVE_MOUNT = 429;
    static final long SYS_FSOPEN = 430;
    static final long SYS_FSCONFIG = 431;
    static final long SYS_FSMOUNT = 432;
    static final long SYS_MOUNT_SETATTR = 442;

    static {
        Native.register(NativeMount.class, "c");
    }

    private NativeMount() {}

    /** fsopen(name, flags). */
    static native long syscall(long number, byte[] name, long flags) throws LastErrorException;

    /** open_tree(dirfd, path, flags). */
    static native long syscall(long number, long dirFd, byte[] path, long flags) throws LastErrorException;

    /** fsmount(fd, flags, attributes). */
    static native long syscall(long number, long fd, long flags, long attributes) throws LastErrorException;

    /** fsconfig(fd, command, key, value, aux). */
    static native long syscall(
            long number, long fd, long command, byte @Nullable [] key, byte @Nullable [] value, long aux) throws LastErrorException;

    /** move_mount(from, path, to, path, flags), and mount_setattr(fd, path, flags, attributes, size). */
    static native long syscall(long number, long fd, byte[] path, long second, byte[] bytes, long last) throws LastErrorException;

    static native long read(int fd, byte[] buffer, long size) throws LastErrorException;

    static native int umount2(byte[] target, int flags) throws LastErrorException;

    static native int mount(byte[] source, byte[] target, byte[] type, long flags, byte[] data) throws LastErrorException;

    static native int unshare(int flags) throws LastErrorException;

    static native int chdir(byte[] path) throws LastErrorException;
}

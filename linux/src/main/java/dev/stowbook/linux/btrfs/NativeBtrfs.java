package dev.stowbook.linux.btrfs;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;

/**
 * ioctl(2) with a structure, mapped directly.
 *
 * <p>SAFETY: the array is copied by JNA for the call and back after it, and is as long as the structure whose size is part of the request's
 * number. {@code ioctl} is variadic and declared with the fixed argument in use, which travels in the same register on x86-64 and aarch64. errno
 * is read in the same call on the same thread.
 */
final class NativeBtrfs {
    static {
        Native.register(NativeBtrfs.class, "c");
    }

    private NativeBtrfs() {}

    static native int ioctl(int fd, long request, byte[] argument) throws LastErrorException;
}

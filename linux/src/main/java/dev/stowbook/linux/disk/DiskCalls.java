package dev.stowbook.linux.disk;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;

/**
 * The native calls of this package.
 *
 * <p>SAFETY: integer arguments, and for pwrite an array that JNA copies for the time of the call; count is its length. off_t is 64 bits on x86-64 and aarch64. errno is read by JNA on the same
 * thread in the same call. fdatasync and flock may block; they touch the calling thread only.
 */
final class DiskCalls {
    static final int LOCK_EX = 2;
    static final int LOCK_NB = 4;
    static final int FALLOC_FL_KEEP_SIZE = 1;

    static {
        Native.register(DiskCalls.class, "c");
    }

    private DiskCalls() {}

    static native int flock(int fd, int operation) throws LastErrorException;

    static native int fallocate(int fd, int mode, long offset, long length) throws LastErrorException;

    static native long pwrite(int fd, byte[] buffer, long count, long offset) throws LastErrorException;

    static native int fdatasync(int fd) throws LastErrorException;
}

package dev.stowbook.linux.seccomp;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;

/** memfd_create(2), since glibc 2.27. SAFETY: errno is read in the same call; the descriptor belongs to the caller. */
final class MemFd {
    static final int MFD_CLOEXEC = 1;

    static {
        Native.register(MemFd.class, "c");
    }

    private MemFd() {}

    static native int memfd_create(String name, int flags) throws LastErrorException;
}

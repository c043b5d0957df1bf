package dev.stowbook.linux.net;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;

/**
 * The C library's socket and namespace calls, mapped directly.
 *
 * <p>SAFETY: LastErrorException makes JNA read errno on the same thread in the same call. Buffers are Java arrays that JNA copies in
 * and out around the call, so nothing is kept by the kernel after it; every length passed is at most the array's.
 */
final class NetLibC {
    static final int AF_NETLINK = 16;
    static final int SOCK_RAW = 3;
    static final int SOCK_CLOEXEC = 0x80000;
    static final int NETLINK_ROUTE = 0;
    static final int SOL_SOCKET = 1;
    static final int SO_RCVTIMEO = 20;
    static final int SO_SNDTIMEO = 21;
    static final int SOL_NETLINK = 270;
    static final int NETLINK_ADD_MEMBERSHIP = 1;
    static final int NETLINK_CAP_ACK = 10;
    static final int NETLINK_EXT_ACK = 11;
    static final int MSG_TRUNC = 0x20;
    static final int CLONE_NEWNET = 0x40000000;

    static {
        Native.register(NetLibC.class, "c");
    }

    private NetLibC() {}

    static native int socket(int domain, int type, int protocol) throws LastErrorException;

    static native int setsockopt(int fd, int level, int option, byte[] value, int length) throws LastErrorException;

    static native int bind(int fd, byte[] address, int length) throws LastErrorException;

    static native long send(int fd, byte[] buffer, long length, int flags) throws LastErrorException;

    static native long recv(int fd, byte[] buffer, long length, int flags) throws LastErrorException;

    static native int poll(byte[] polled, long count, int timeoutMillis) throws LastErrorException;

    // SAFETY: moves the calling thread, and only it, into the namespace; callers run on a thread that is thrown away.
    static native int setns(int fd, int type) throws LastErrorException;

    // SAFETY: gives the calling thread, and only it, a new namespace; callers run on a thread that is thrown away.
    static native int unshare(int flags) throws LastErrorException;
}

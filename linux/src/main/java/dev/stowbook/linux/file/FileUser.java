package dev.stowbook.linux.file;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.ThrowAwayThread;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.Callable;

/**
 * Work on files as another user. Where a mount maps ids (mount_setattr(2), MOUNT_ATTR_IDMAP) the host's root has no id of its own, and
 * whatever it makes fails with EOVERFLOW; root of the mapped range has one.
 */
public final class FileUser {
    private static final int VERSION_3 = 0x20080522;
    private static final int HEADER_BYTES = 8;
    private static final int DATA_BYTES = 24;

    static {
        Native.register(FileUser.class, "c");
    }

    private FileUser() {}

    private static native int setfsuid(int uid) throws LastErrorException;

    private static native int setfsgid(int gid) throws LastErrorException;

    private static native int capget(byte[] header, byte[] data) throws LastErrorException;

    private static native int capset(byte[] header, byte[] data) throws LastErrorException;

    /**
     * Runs something on a thread of its own whose files belong to a user and group, with all the capabilities that the calling process has.
     * Blocks until it is done, also when interrupted. Any thread.
     *
     * <p>SAFETY: setfsuid(2) and setfsgid(2) are of one thread, which ends with the work, and report no failure: each answers the id before,
     * so asking again tells. Leaving user 0 takes the capabilities over files away from the effective set only (capabilities(7), "Effect of
     * user ID changes"); capset(2) of this thread (pid 0) gives them back. Header and data are struct __user_cap_header_struct and two of
     * __user_cap_data_struct (linux/capability.h, version 3).
     *
     * @throws LinuxException what the work threw, or the kernel that refused the ids
     */
    public static <T> T call(int uid, int gid, Callable<T> work) throws LinuxException {
        return ThrowAwayThread.call("files of " + Integer.toUnsignedString(uid), () -> {
            become(uid, gid);
            return work.call();
        });
    }

    private static void become(int uid, int gid) throws LinuxException {
        byte[] header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(VERSION_3).putInt(0).array();
        byte[] data = new byte[DATA_BYTES];
        try {
            capget(header, data);
            setfsgid(gid);
            setfsuid(uid);
            if (setfsgid(gid) != gid || setfsuid(uid) != uid) {
                throw new LinuxException(Errno.EPERM, "setfsuid", Integer.toUnsignedString(uid));
            }
            capset(header, data);
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "capset", "user " + Integer.toUnsignedString(uid));
        }
    }
}

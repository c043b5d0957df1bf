package dev.stowbook.linux.file;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What statx(2) says of a file.
 *
 * @param mode type and permission bits (inode(7))
 * @param links how many names it has
 * @param uid owner
 * @param gid group
 * @param inode its number, unique in its file system
 * @param sizeBytes its length
 * @param blocks allocated units of 512 bytes
 * @param mtimeSeconds last modification, seconds since the epoch, may be negative
 * @param mtimeNanos and nanoseconds
 * @param rdevMajor of a device node
 * @param rdevMinor of a device node
 * @param devMajor of the file system it lies in
 * @param devMinor of the file system it lies in
 */
public record FileStatus(
        int mode,
        long links,
        int uid,
        int gid,
        long inode,
        long sizeBytes,
        long blocks,
        long mtimeSeconds,
        int mtimeNanos,
        int rdevMajor,
        int rdevMinor,
        int devMajor,
        int devMinor) {
    public static final int S_IFMT = 0170000;
    public static final int S_IFSOCK = 0140000;
    public static final int S_IFLNK = 0120000;
    public static final int S_IFREG = 0100000;
    public static final int S_IFBLK = 0060000;
    public static final int S_IFDIR = 0040000;
    public static final int S_IFCHR = 0020000;
    public static final int S_IFIFO = 0010000;

    /** The type bits. */
    public int type() {
        return mode & S_IFMT;
    }

    /** The permission bits, with setuid, setgid and sticky. */
    public int permissions() {
        return mode & 07777;
    }

    public boolean isDirectory() {
        return type() == S_IFDIR;
    }

    public boolean isRegular() {
        return type() == S_IFREG;
    }

    public boolean isSymlink() {
        return type() == S_IFLNK;
    }

    /** Whether it is overlay's mark for a deleted file: a character device 0:0 (overlayfs.rst, "whiteouts and opaque directories"). */
    public boolean isWhiteout() {
        return type() == S_IFCHR && rdevMajor == 0 && rdevMinor == 0;
    }

    /** Parses struct statx (include/uapi/linux/stat.h), the same on all architectures; little-endian hosts only. */
    static FileStatus ofStatx(byte[] statx) {
        ByteBuffer b = ByteBuffer.wrap(statx).order(ByteOrder.LITTLE_ENDIAN);
        return new FileStatus(
                b.getShort(28) & 0xffff,
                b.getInt(16) & 0xffffffffL,
                b.getInt(20),
                b.getInt(24),
                b.getLong(32),
                b.getLong(40),
                b.getLong(48),
                b.getLong(112),
                b.getInt(120),
                b.getInt(128),
                b.getInt(132),
                b.getInt(136),
                b.getInt(140));
    }
}

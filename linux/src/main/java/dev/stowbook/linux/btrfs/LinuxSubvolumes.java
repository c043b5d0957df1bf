package dev.stowbook.linux.btrfs;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.RawPath;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;

/**
 * {@link Subvolumes} on the running kernel. Stateless.
 *
 * <p>SAFETY: structures and numbers from include/uapi/linux/btrfs.h, the same on all 64-bit architectures; little-endian hosts only.
 */
final class LinuxSubvolumes implements Subvolumes {
    static final LinuxSubvolumes INSTANCE = new LinuxSubvolumes();

    /** struct btrfs_ioctl_vol_args: s64 fd, char name[4088]. */
    private static final int VOL_ARGS_BYTES = 4096;
    /** struct btrfs_ioctl_vol_args_v2: s64 fd, u64 transid, u64 flags, u64 unused[4], char name[4040]. */
    private static final int VOL_ARGS_V2_BYTES = 4096;

    private static final int V2_FLAGS = 16;
    private static final int V2_NAME = 56;
    private static final long RDONLY = 2;

    private static final int WRITE = 1;
    private static final int READ = 2;

    private static final long SYNC = number(0, 8, 0);
    private static final long SNAP_DESTROY = number(WRITE, 15, VOL_ARGS_BYTES);
    private static final long TREE_SEARCH = number(READ | WRITE, 17, 4096);
    private static final long INO_LOOKUP = number(READ | WRITE, 18, 4096);
    private static final long SNAP_CREATE_V2 = number(WRITE, 23, VOL_ARGS_V2_BYTES);
    private static final long SUBVOL_CREATE_V2 = number(WRITE, 24, VOL_ARGS_V2_BYTES);
    private static final long SUBVOL_SETFLAGS = number(WRITE, 26, 8);
    private static final long QUOTA_CTL = number(READ | WRITE, 40, 16);
    private static final long QGROUP_CREATE = number(WRITE, 42, 16);
    private static final long QGROUP_LIMIT = number(READ, 43, 48);
    private static final long QUOTA_RESCAN_WAIT = number(0, 46, 0);

    private static final long QUOTA_CTL_ENABLE = 1;
    private static final long LIMIT_MAX_RFER = 1;
    private static final long FIRST_FREE_OBJECTID = 256;
    private static final long QUOTA_TREE_OBJECTID = 8;
    private static final int QGROUP_INFO_KEY = 242;

    private LinuxSubvolumes() {}

    /** _IOC of asm-generic/ioctl.h with btrfs's letter. */
    private static long number(int direction, int command, int bytes) {
        return (long) direction << 30 | (long) bytes << 16 | 0x94 << 8 | command;
    }

    private static void run(String call, String about, int fd, long request, byte[] argument) throws LinuxException {
        while (true) {
            try {
                NativeBtrfs.ioctl(fd, request, argument);
                return;
            } catch (LastErrorException e) {
                if (e.getErrorCode() != Errno.EINTR) {
                    throw new LinuxException(e.getErrorCode(), "ioctl " + call, about);
                }
            }
        }
    }

    private static ByteBuffer structure(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer named(int bytes, int offset, String name) {
        byte[] raw = RawPath.bytes(name);
        if (raw.length > RawPath.MAX_NAME_BYTES) {
            throw new IllegalArgumentException("a subvolume's name of " + raw.length + " bytes");
        }
        return structure(bytes).put(offset, raw);
    }

    @Override
    public void create(int dirFd, String name) throws LinuxException {
        run("BTRFS_IOC_SUBVOL_CREATE_V2", name, dirFd, SUBVOL_CREATE_V2, named(VOL_ARGS_V2_BYTES, V2_NAME, name).array());
    }

    @Override
    public void snapshot(int sourceFd, int dirFd, String name, boolean readOnly) throws LinuxException {
        ByteBuffer arguments = named(VOL_ARGS_V2_BYTES, V2_NAME, name).putLong(0, sourceFd).putLong(V2_FLAGS, readOnly ? RDONLY : 0);
        run("BTRFS_IOC_SNAP_CREATE_V2", name, dirFd, SNAP_CREATE_V2, arguments.array());
    }

    @Override
    public void destroy(int dirFd, String name) throws LinuxException {
        run("BTRFS_IOC_SNAP_DESTROY", name, dirFd, SNAP_DESTROY, named(VOL_ARGS_BYTES, 8, name).array());
    }

    @Override
    public void setReadOnly(int subvolumeFd, boolean readOnly) throws LinuxException {
        run("BTRFS_IOC_SUBVOL_SETFLAGS", "fd " + subvolumeFd, subvolumeFd, SUBVOL_SETFLAGS,
                structure(8).putLong(0, readOnly ? RDONLY : 0).array());
    }

    @Override
    public long id(int fd) throws LinuxException {
        // struct btrfs_ioctl_ino_lookup_args: u64 treeid, u64 objectid, char name[4080]; treeid 0 asks for the file's own
        ByteBuffer arguments = structure(4096).putLong(8, FIRST_FREE_OBJECTID);
        run("BTRFS_IOC_INO_LOOKUP", "fd " + fd, fd, INO_LOOKUP, arguments.array());
        return arguments.getLong(0);
    }

    @Override
    public void enableQuota(int fd) throws LinuxException {
        run("BTRFS_IOC_QUOTA_CTL", "fd " + fd, fd, QUOTA_CTL, structure(16).putLong(0, QUOTA_CTL_ENABLE).array());
        run("BTRFS_IOC_QUOTA_RESCAN_WAIT", "fd " + fd, fd, QUOTA_RESCAN_WAIT, new byte[1]);
    }

    @Override
    public OptionalLong referencedBytes(int fd, long id) throws LinuxException {
        run("BTRFS_IOC_SYNC", "fd " + fd, fd, SYNC, new byte[1]);
        // struct btrfs_ioctl_search_key: tree, objectid from and to, offset from and to, transid from and to (u64 each), type from and to, count (u32)
        ByteBuffer search = structure(4096)
                .putLong(0, QUOTA_TREE_OBJECTID)
                .putLong(24, id)
                .putLong(32, id)
                .putLong(48, -1)
                .putInt(56, QGROUP_INFO_KEY)
                .putInt(60, QGROUP_INFO_KEY)
                .putInt(64, 1);
        try {
            run("BTRFS_IOC_TREE_SEARCH", "quota group 0/" + id, fd, TREE_SEARCH, search.array());
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                return OptionalLong.empty(); // there is no quota tree
            }
            throw e;
        }
        // behind the key (104 bytes) a header: u64 transid, objectid, offset, u32 type, len; then the item: u64 generation, referenced, ...
        return search.getInt(64) == 0 ? OptionalLong.empty() : OptionalLong.of(search.getLong(104 + 32 + 8));
    }

    @Override
    public void limit(int fd, long id, long maxReferencedBytes) throws LinuxException {
        ByteBuffer arguments = structure(48).putLong(0, id).putLong(8, LIMIT_MAX_RFER).putLong(16, maxReferencedBytes);
        run("BTRFS_IOC_QGROUP_LIMIT", "quota group 0/" + id, fd, QGROUP_LIMIT, arguments.array());
    }

    @Override
    public boolean forgetQuota(int fd, long id) throws LinuxException {
        try {
            run("BTRFS_IOC_QGROUP_CREATE", "quota group 0/" + id, fd, QGROUP_CREATE, structure(16).putLong(8, id).array());
            return true;
        } catch (LinuxException e) {
            return switch (e.errno()) {
                case Errno.ENOENT, Errno.ENOTCONN -> true; // gone already, or quotas are off
                case Errno.EBUSY -> false;
                default -> throw e;
            };
        }
    }
}

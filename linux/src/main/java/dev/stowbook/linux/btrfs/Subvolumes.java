package dev.stowbook.linux.btrfs;

import dev.stowbook.linux.LinuxException;
import java.util.OptionalLong;

/**
 * Subvolumes of a btrfs and what each may hold (btrfs-subvolume(8), btrfs-quota(8), include/uapi/linux/btrfs.h). One method is one ioctl(2),
 * or two where it says so. Names are one component below a directory descriptor. All may be called on any thread; they block as the disk does.
 * Every failure is a {@link LinuxException} with errno, call and name; ENOTTY means that the directory is on another file system.
 */
public interface Subvolumes {
    /** The file system's number in statfs(2) (linux/magic.h, BTRFS_SUPER_MAGIC). */
    long MAGIC = 0x9123683EL;

    /** The calls of this host. */
    static Subvolumes linux() {
        return LinuxSubvolumes.INSTANCE;
    }

    /** BTRFS_IOC_SUBVOL_CREATE_V2: an empty subvolume, as mkdir(2) makes a directory. */
    void create(int dirFd, String name) throws LinuxException;

    /**
     * BTRFS_IOC_SNAP_CREATE_V2: a subvolume that shares all its data with another.
     *
     * @param sourceFd the other subvolume's root directory; what is not written back yet is written first
     */
    void snapshot(int sourceFd, int dirFd, String name, boolean readOnly) throws LinuxException;

    /** BTRFS_IOC_SNAP_DESTROY: takes a subvolume away with all in it; its room is freed later. EINVAL for a plain directory. */
    void destroy(int dirFd, String name) throws LinuxException;

    /** BTRFS_IOC_SUBVOL_SETFLAGS: whether a subvolume refuses writes. */
    void setReadOnly(int subvolumeFd, boolean readOnly) throws LinuxException;

    /** BTRFS_IOC_INO_LOOKUP: the number of the subvolume that a file lies in; its quota group is {@code 0/<number>}. */
    long id(int fd) throws LinuxException;

    /**
     * BTRFS_IOC_QUOTA_CTL: counts what each subvolume of the whole file system holds, from now on; then waits until all has been counted
     * (BTRFS_IOC_QUOTA_RESCAN_WAIT). Counting already is success.
     */
    void enableQuota(int fd) throws LinuxException;

    /**
     * BTRFS_IOC_SYNC, then BTRFS_IOC_TREE_SEARCH of the quota tree: how many bytes a subvolume refers to, those shared with others included.
     * Empty if quotas are off.
     */
    OptionalLong referencedBytes(int fd, long id) throws LinuxException;

    /** BTRFS_IOC_QGROUP_LIMIT: a write that would make a subvolume refer to more fails with EDQUOT. */
    void limit(int fd, long id, long maxReferencedBytes) throws LinuxException;

    /**
     * BTRFS_IOC_QGROUP_CREATE, to remove: forgets the quota group of a subvolume that is gone. False while the kernel still cleans up after it
     * (EBUSY); since Linux 6.11 it then forgets by itself. Absent is success.
     */
    boolean forgetQuota(int fd, long id) throws LinuxException;
}

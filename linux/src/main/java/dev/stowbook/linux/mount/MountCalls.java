package dev.stowbook.linux.mount;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import java.util.List;
import java.util.function.Function;

/**
 * The calls that make mounts. One method is one system call. All may be called on any thread; attached mounts land in the mount
 * namespace of that thread.
 */
public interface MountCalls {
    /** open_tree(2): a detached copy of the mount instead of the mount itself. */
    int OPEN_TREE_CLONE = 1;
    /** open_tree(2): with all mounts below. */
    int AT_RECURSIVE = 0x8000;
    /** mount_setattr(2): read-only. */
    long MOUNT_ATTR_RDONLY = 1;
    /** mount_setattr(2): setuid bits have no effect. */
    long MOUNT_ATTR_NOSUID = 2;
    /** mount_setattr(2): device nodes have no effect. */
    long MOUNT_ATTR_NODEV = 4;
    /** mount_setattr(2): nothing can be executed. */
    long MOUNT_ATTR_NOEXEC = 8;
    /** umount2(2): detach now, end when the last user is gone. */
    int MNT_DETACH = 2;

    /** The calls of this host. */
    static MountCalls linux() {
        return LinuxMountCalls.INSTANCE;
    }

    /** fsopen(2), since Linux 5.2: a context for a file system of the named type. Closing it drops what was not mounted. */
    Fd openFileSystem(String type) throws LinuxException;

    /** fsconfig(2), FSCONFIG_SET_STRING; the kernel's own words, where it has any, are in the message. */
    void configure(Fd fileSystem, String key, String value) throws LinuxException;

    /** fsconfig(2), FSCONFIG_SET_FLAG. */
    void configure(Fd fileSystem, String flag) throws LinuxException;

    /** fsconfig(2), FSCONFIG_CMD_CREATE: makes the superblock. */
    void create(Fd fileSystem) throws LinuxException;

    /** fsmount(2): a detached mount; it ends with its last descriptor. */
    Fd mount(Fd fileSystem, long attributes) throws LinuxException;

    /**
     * mount(2) with its page of options, for kernels whose fsconfig(2) cannot take them, and open_tree(2) of what it made. Works in a mount
     * namespace of its own, so the mount is detached as after {@link #mount}.
     *
     * @param directories opened while mounting; each gets a name of a few digits
     * @param options what to mount with, given those names in the same order; at most 4095 bytes
     * @param target any directory; nothing is seen of the mount there
     */
    Fd mountByOptions(String type, List<String> directories, Function<List<String>, String> options, String target)
            throws LinuxException;

    /** open_tree(2), O_CLOEXEC added. {@code path} may be empty with AT_EMPTY_PATH. */
    Fd openTree(int dirFd, String path, int flags) throws LinuxException;

    /** mount_setattr(2), since Linux 5.12, of one mount by descriptor: sets attributes, clears none. */
    void setAttributes(Fd mount, long attributes) throws LinuxException;

    /** move_mount(2): attaches a detached mount at a path. */
    void attach(Fd mount, String target) throws LinuxException;

    /** umount2(2). */
    void unmount(String target, int flags) throws LinuxException;
}

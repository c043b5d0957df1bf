package dev.stowbook.spi;

/** Why a verb failed. Codes are stored in the log; messages are for people and are never parsed. */
public enum DriverErrorCode {
    /** The target does not exist. */
    NOT_FOUND,
    /** Something that is not ours stands where the target belongs; nothing was touched. */
    FOREIGN,
    /** An address, port or name is taken by something the daemon cannot know; another may be tried. */
    IN_USE,
    /** The driver lacks the capability, or the kernel the feature. */
    UNSUPPORTED,
    /** The host lacks what the driver needs as a whole: a mount, a controller, a library, a privilege. */
    UNAVAILABLE,
    /** A value is out of range or contradicts another; nothing was changed. */
    INVALID,
    /** Input is damaged or hostile: a truncated tar, a path that leaves its layer. */
    CORRUPT,
    /** The disk, quota or table is full. */
    NO_SPACE,
    /** The target is in a state that does not allow the verb, for example a cgroup with processes in it. */
    BUSY,
    /** The kernel refused for lack of privilege. */
    DENIED,
    /** The call did not return within its deadline; whether it took effect is unknown until {@code inspect}. */
    UNKNOWN,
    /** Anything else that the kernel or the disk answered. */
    IO;

    /**
     * What a system call's error number means where the driver knows nothing better. A driver knows better where a number has a meaning of its
     * own at that call: EEXIST of what stands in the way, EINVAL of a mount option.
     *
     * @param errno the kernel's number, of errno(3); the numbers are those of asm-generic/errno-base.h and errno.h, which x86-64 and aarch64 use
     */
    public static DriverErrorCode ofErrno(int errno) {
        return switch (errno) {
            case 2 /* ENOENT */, 3 /* ESRCH */, 6 /* ENXIO */, 19 /* ENODEV */ -> NOT_FOUND;
            case 1 /* EPERM */, 13 /* EACCES */, 30 /* EROFS */ -> DENIED;
            case 11 /* EAGAIN */, 12 /* ENOMEM */, 23 /* ENFILE */, 24 /* EMFILE */, 28 /* ENOSPC */, 105 /* ENOBUFS */, 122 /* EDQUOT */ ->
                NO_SPACE;
            case 16 /* EBUSY */ -> BUSY;
            case 7 /* E2BIG */, 22 /* EINVAL */, 34 /* ERANGE */, 36 /* ENAMETOOLONG */, 99 /* EADDRNOTAVAIL */ -> INVALID;
            case 38 /* ENOSYS */, 95 /* EOPNOTSUPP */ -> UNSUPPORTED;
            case 98 /* EADDRINUSE */ -> IN_USE;
            default -> IO;
        };
    }
}

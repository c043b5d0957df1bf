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
    IO
}

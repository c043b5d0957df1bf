package dev.stowbook.spi;

/**
 * A verb's typed failure. The message names the operation, the target and, for a write, the bytes written, and ends with
 * what to do about it where there is something to do.
 */
public final class DriverException extends Exception {
    private static final long serialVersionUID = 1L;

    private final DriverErrorCode code;
    private final int errno;
    private final String operation;
    private final String target;

    /**
     * @param code what kind of failure
     * @param errno the kernel's error number (errno(3)), 0 if none was involved
     * @param operation the verb or system call, with the bytes written where that was a write
     * @param target the id, path or name it was about
     * @param detail one sentence for the operator
     */
    public DriverException(DriverErrorCode code, int errno, String operation, String target, String detail) {
        super(operation + " " + target + ": " + detail);
        this.code = code;
        this.errno = errno;
        this.operation = operation;
        this.target = target;
    }

    /** As the full constructor, with the failure that caused this one. */
    public DriverException(
            DriverErrorCode code, int errno, String operation, String target, String detail, Throwable cause) {
        this(code, errno, operation, target, detail);
        initCause(cause);
    }

    /**
     * A call on files that are the driver's own failed. The caller asked for nothing that could be missing or malformed there, so
     * {@link DriverErrorCode#NOT_FOUND} and {@link DriverErrorCode#INVALID} become {@link DriverErrorCode#IO}; the message gets advice where there
     * is some. For drivers that keep things below the daemon's root.
     *
     * @param errno the kernel's error number (errno(3), asm-generic numbers)
     * @param operation the verb
     * @param target the id it was about
     * @param detail one sentence about the call and its path
     * @param inUse what may still be used when the kernel says EBUSY: {@code the volume}
     * @param cause the failed call
     */
    public static DriverException ofOwnFiles(
            int errno, String operation, String target, String detail, String inUse, Throwable cause) {
        DriverErrorCode meant = DriverErrorCode.ofErrno(errno);
        boolean own = meant == DriverErrorCode.NOT_FOUND || meant == DriverErrorCode.INVALID;
        DriverErrorCode code = own ? DriverErrorCode.IO : meant;
        return new DriverException(code, errno, operation, target, detail + advice(code, errno, inUse), cause);
    }

    private static String advice(DriverErrorCode code, int errno, String inUse) {
        return switch (code) {
            case NO_SPACE -> switch (errno) {
                case 28 /* ENOSPC */, 122 /* EDQUOT */ -> "; make room on the file system of the daemon's root, then try again";
                case 24 /* EMFILE */, 23 /* ENFILE */ -> "; raise the limit of open files";
                default -> "; the host is short of memory";
            };
            case DENIED -> errno == 30 /* EROFS */
                    ? "; the file system of the daemon's root is mounted read-only: \"dmesg\" may say why"
                    : "; the daemon must run as root";
            case BUSY -> "; something still uses " + inUse;
            case NOT_FOUND, FOREIGN, IN_USE, UNSUPPORTED, UNAVAILABLE, INVALID, CORRUPT, UNKNOWN, IO -> "";
        };
    }

    /** What kind of failure this is. */
    public DriverErrorCode code() {
        return code;
    }

    /** The kernel's error number, 0 if none was involved. */
    public int errno() {
        return errno;
    }

    /** The verb or system call that failed. */
    public String operation() {
        return operation;
    }

    /** The id, path or name the operation was about. */
    public String target() {
        return target;
    }
}

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

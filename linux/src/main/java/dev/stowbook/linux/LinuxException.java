package dev.stowbook.linux;

/** A system call that failed. */
public final class LinuxException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int errno;
    private final String call;
    private final String target;

    /**
     * @param errno what errno(3) held after the call
     * @param call the system call, for a write with the bytes written
     * @param target the path, name or descriptor it was about
     */
    public LinuxException(int errno, String call, String target) {
        super(call + "(" + target + "): " + Errno.name(errno));
        this.errno = errno;
        this.call = call;
        this.target = target;
    }

    /** The kernel's error number; {@link Errno} has the names. */
    public int errno() {
        return errno;
    }

    /** The system call. */
    public String call() {
        return call;
    }

    /** What it was about. */
    public String target() {
        return target;
    }
}

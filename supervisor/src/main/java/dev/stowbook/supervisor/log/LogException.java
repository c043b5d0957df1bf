package dev.stowbook.supervisor.log;

/** A log that cannot do what it was asked. The message says where and what to do. */
public final class LogException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Code {
        /** An entry does not fit its checksum, hash or sequence, or is missing. */
        DAMAGED,
        /** Another daemon has the directory. */
        LOCKED,
        /** Less room is left than the reserve. */
        DISK_FULL,
        /** A write or sync failed; the process must end and begin again from what is on disk. */
        BROKEN,
        /** The position is older than what is kept. */
        GONE
    }

    private final Code code;

    public LogException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public LogException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** What went wrong. */
    public Code code() {
        return code;
    }
}

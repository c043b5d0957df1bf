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
    private long earliest;

    public LogException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public LogException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** The position is older than what is kept; {@code earliest} is the first event that is left. */
    public static LogException gone(long earliest, String message) {
        LogException gone = new LogException(Code.GONE, message);
        gone.earliest = earliest;
        return gone;
    }

    /** What went wrong. */
    public Code code() {
        return code;
    }

    /** The first event that is left, if the code is GONE; 0 otherwise. */
    public long earliest() {
        return earliest;
    }
}

package dev.stowbook.supervisor.boot;

/** The daemon cannot start; the message is one sentence for the operator, with what to do. */
final class BootException extends Exception {
    private static final long serialVersionUID = 1L;

    BootException(String message) {
        super(message);
    }

    BootException(String message, Throwable cause) {
        super(message, cause);
    }
}

package dev.stowbook.supervisor.registry;

import dev.stowbook.supervisor.model.ErrorCode;

/** A registry could not be used, or offers something that is refused. The message is one sentence without any secret. */
public final class RegistryException extends Exception {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    public RegistryException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    public RegistryException(ErrorCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** What kind of failure. */
    public ErrorCode code() {
        return code;
    }

    static RegistryException invalid(String message) {
        return new RegistryException(ErrorCode.INVALID, message);
    }
}

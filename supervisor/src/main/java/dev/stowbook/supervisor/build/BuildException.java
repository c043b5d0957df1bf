package dev.stowbook.supervisor.build;

import dev.stowbook.supervisor.model.ErrorCode;

/** A build that cannot go on. The message is one sentence, what to do included. */
public sealed class BuildException extends Exception permits DockerfileException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    public BuildException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    public BuildException(ErrorCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** What kind of failure. */
    public ErrorCode code() {
        return code;
    }

    static BuildException invalid(String message) {
        return new BuildException(ErrorCode.INVALID, message);
    }
}

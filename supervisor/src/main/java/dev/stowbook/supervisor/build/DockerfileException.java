package dev.stowbook.supervisor.build;

import dev.stowbook.supervisor.model.ErrorCode;

/** A Dockerfile that is wrong, or asks for what this builder does not do. The message is one sentence, after the file and the line. */
public final class DockerfileException extends BuildException {
    private static final long serialVersionUID = 1L;

    private final int line;

    DockerfileException(Place place, String message) {
        super(ErrorCode.INVALID, place + ": " + message);
        this.line = place.line();
    }

    /** Where: a line, from 1. */
    public int line() {
        return line;
    }
}

package dev.stowbook.supervisor.image;

import java.io.IOException;

/** Something compressed is not unpacked. The message says why and what to do, and wants a subject before it. */
public final class UnpackingException extends IOException {
    private static final long serialVersionUID = 1L;

    UnpackingException(String message) {
        super(message);
    }

    UnpackingException(String message, Throwable cause) {
        super(message, cause);
    }
}

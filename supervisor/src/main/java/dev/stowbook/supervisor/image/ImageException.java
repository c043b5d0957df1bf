package dev.stowbook.supervisor.image;

import dev.stowbook.supervisor.model.ErrorCode;

/** An image that could not be stored or read. The message is one sentence; nothing of the image is left behind. */
public final class ImageException extends Exception {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    public ImageException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    public ImageException(ErrorCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** What kind of failure. */
    public ErrorCode code() {
        return code;
    }

    static ImageException invalid(String message) {
        return new ImageException(ErrorCode.INVALID, message);
    }
}

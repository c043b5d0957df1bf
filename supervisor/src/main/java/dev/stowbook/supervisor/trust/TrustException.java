package dev.stowbook.supervisor.trust;

/** A key that is of no use, or an image that is not trusted. The message is one sentence that says what to do. */
public final class TrustException extends Exception {
    private static final long serialVersionUID = 1L;

    public TrustException(String message) {
        super(message);
    }
}

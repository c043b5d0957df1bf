package dev.stowbook.supervisor.keeper;

/** What came over a control socket is not what a keeper says. */
public final class ProtocolException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ProtocolException(String message) {
        super(message);
    }
}

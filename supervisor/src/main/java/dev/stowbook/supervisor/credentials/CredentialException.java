package dev.stowbook.supervisor.credentials;

/** Logins could not be read or kept. The message is a sentence without any secret. */
public final class CredentialException extends Exception {
    private static final long serialVersionUID = 1L;

    CredentialException(String message) {
        super(message);
    }

    CredentialException(String message, Throwable cause) {
        super(message, cause);
    }
}

package dev.stowbook.linux.seccomp;

/** A profile that cannot be compiled, or a host without libseccomp; the message is one sentence that says what to do. */
public final class SeccompException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param sentence names the rule or library and what to do about it */
    public SeccompException(String sentence) {
        super(sentence);
    }

    /** As the other constructor, with the failure behind it. */
    public SeccompException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}

package dev.stowbook.linux.net;

/** A command that libnftables refused, or that there is no libnftables. The message is for people and is never parsed. */
public final class NftablesException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean libraryMissing;

    NftablesException(boolean libraryMissing, String message) {
        super(message);
        this.libraryMissing = libraryMissing;
    }

    /** Whether there is no libnftables at all on this host. */
    public boolean libraryMissing() {
        return libraryMissing;
    }
}

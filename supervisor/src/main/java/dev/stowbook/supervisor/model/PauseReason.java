package dev.stowbook.supervisor.model;

/** Why a container stands still. */
public enum PauseReason {
    /** Somebody wants it to, until somebody wants it to go on. */
    ASKED,
    /** Its files are being copied for an image. It goes on when that is done, or has ended with the daemon. */
    COMMIT
}

package dev.stowbook.supervisor.keeper;

/** A sandbox could not be made, or ports could not be held. Nothing of it is left. */
public final class KeeperFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String step;
    private final int errno;
    private final String path;

    KeeperFailedException(String step, int errno, String path, String sentence) {
        super(path + ": " + sentence + " (" + dev.stowbook.linux.Errno.name(errno) + ")");
        this.step = step;
        this.errno = errno;
        this.path = path;
    }

    /** Where it failed. */
    public String step() {
        return step;
    }

    /** What the kernel said: EADDRINUSE (98) for a port that somebody else has. */
    public int errno() {
        return errno;
    }

    /** What it was about: for ports {@code 127.0.0.1:80/tcp}. */
    public String path() {
        return path;
    }
}

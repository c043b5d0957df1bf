package dev.stowbook.supervisor.execute;

/** A keeper could not do what it was told. */
final class StartFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final String code;
    private final int errno;
    private final int exitCode;

    /**
     * @param code the keeper's step, or IN_USE for an address
     * @param errno the kernel's error number, 0 if none
     * @param exitCode what a process that could not start counts as
     */
    StartFailure(String code, int errno, int exitCode, String message) {
        super(message);
        this.code = code;
        this.errno = errno;
        this.exitCode = exitCode;
    }

    String code() {
        return code;
    }

    int errno() {
        return errno;
    }

    int exitCode() {
        return exitCode;
    }
}

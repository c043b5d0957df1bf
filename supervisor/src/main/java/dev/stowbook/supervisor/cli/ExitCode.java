package dev.stowbook.supervisor.cli;

/** What the command's exit code says to a script. {@code exec} and {@code wait} return the process's own code instead. */
final class ExitCode {
    static final int OK = 0;
    static final int FAILURE = 1;
    static final int USAGE = 2;
    static final int NOT_FOUND = 3;
    static final int CONFLICT = 4;
    static final int UNREACHABLE = 5;

    private ExitCode() {}

    /** For an error code of the REST API. */
    static int of(String errorCode) {
        return switch (errorCode) {
            case "NOT_FOUND" -> NOT_FOUND;
            case "CONFLICT", "AMBIGUOUS" -> CONFLICT;
            default -> FAILURE;
        };
    }
}

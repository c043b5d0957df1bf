package dev.stowbook.supervisor.cli;

import java.util.List;

/** Ends a command: a sentence for standard error and an exit code. */
final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;
    private final transient List<String> lines;

    Failure(int exitCode, String sentence) {
        this(exitCode, sentence, List.of());
    }

    /** @param lines come before the sentence, one each: the errors of a manifest */
    Failure(int exitCode, String sentence, List<String> lines) {
        super(sentence, null, false, false);
        this.exitCode = exitCode;
        this.lines = lines;
    }

    static Failure usage(String sentence) {
        return new Failure(ExitCode.USAGE, sentence);
    }

    int exitCode() {
        return exitCode;
    }

    List<String> lines() {
        return lines;
    }

    String sentence() {
        return String.valueOf(getMessage());
    }
}

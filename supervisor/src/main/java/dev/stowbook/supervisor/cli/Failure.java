package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
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

    /** What was to be sent could not be read to its end. */
    static Failure unread(IOException e) {
        String reason = e instanceof FileSystemException file ? file(file) : e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return new Failure(ExitCode.FAILURE, "what was to be sent could not be read: " + reason + ". The daemon has done nothing.");
    }

    /** Which file here is in the way, and why: Java leaves the usual reasons out. */
    static String file(FileSystemException e) {
        String reason = switch (e) {
            case NoSuchFileException gone -> "no such file or directory";
            case AccessDeniedException denied -> "permission denied";
            case DirectoryNotEmptyException full -> "it is a directory, with something in it";
            default -> e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
        };
        return "'" + e.getFile() + "': " + reason;
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

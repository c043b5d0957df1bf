package dev.stowbook.supervisor.boot;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** What a failure of the file system is called in a sentence; Java's own messages leave half of it out. */
final class Failures {
    private Failures() {}

    /** The file and what is wrong with it. */
    static String sentence(IOException failure) {
        if (!(failure instanceof FileSystemException file)) {
            return failure.getMessage() == null ? failure.toString() : failure.getMessage();
        }
        String reason = switch (file) {
            case NoSuchFileException e -> "does not exist";
            case AccessDeniedException e -> "must not be used: permission denied";
            case NotDirectoryException e -> "is not a directory";
            case FileAlreadyExistsException e -> "is there already and is not a directory";
            default -> "cannot be used: " + file.getReason();
        };
        return file.getFile() + " " + reason;
    }
}

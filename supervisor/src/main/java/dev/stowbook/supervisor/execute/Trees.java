package dev.stowbook.supervisor.execute;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** Directories of the daemon's own; layers belong to the graph driver. */
final class Trees {
    /** How often a directory may be found to have got something new while it was emptied. */
    private static final int ATTEMPTS = 10;

    private Trees() {}

    /**
     * Deletes a directory with all below it; links are deleted, not followed. Absent is success, and so is what others, a keeper that writes
     * its last word, rename or delete meanwhile.
     */
    static void delete(Path top) throws IOException {
        for (int left = ATTEMPTS; Files.exists(top, LinkOption.NOFOLLOW_LINKS); left--) {
            try {
                Files.walkFileTree(top, new Deletion());
            } catch (DirectoryNotEmptyException e) {
                if (left == 0) {
                    throw e;
                }
            }
        }
    }

    private static final class Deletion extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
            if (failure instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE; // it is its own name that is gone; whatever it is called now is found the next time
            }
            throw failure;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) throws IOException {
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}

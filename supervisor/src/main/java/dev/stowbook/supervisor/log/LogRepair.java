package dev.stowbook.supervisor.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;

/** Gives up the end of a log: what is good is written anew, what was there is moved aside and never deleted. */
public final class LogRepair {
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private LogRepair() {}

    /**
     * Ends a closed log at an event.
     *
     * @param directory the log's
     * @param at the last event to be kept; the last of its entry
     * @return where the files that were there are now
     * @throws LogException LOCKED if the log is open; DAMAGED if it is not good up to there, naming how far it is; nothing is changed then
     */
    public static Path truncate(Path directory, FramedLog.StoreOpener opener, long at) throws LogException {
        try (DirectoryLock lock = DirectoryLock.take(directory)) {
            Path book = book(directory);
            Path aside = truncateLocked(directory, book, opener, at);
            Files.deleteIfExists(SyncedMark.file(directory));
            return aside;
        } catch (IOException e) {
            throw new LogException(LogException.Code.BROKEN, "cannot repair the book in " + directory + ": " + e.getMessage(), e);
        }
    }

    /** The store's directory; ends a repair that was cut off between its two renames. */
    static Path book(Path directory) throws IOException {
        Path book = directory.resolve("book");
        Path ready = directory.resolve("repaired");
        if (Files.exists(ready) && !Files.exists(book)) {
            Files.move(ready, book, StandardCopyOption.ATOMIC_MOVE);
        }
        Files.createDirectories(book);
        return book;
    }

    static Path truncateLocked(Path directory, Path book, FramedLog.StoreOpener opener, long at) throws IOException, LogException {
        Path work = directory.resolve("repairing");
        delete(work);
        delete(directory.resolve("repaired"));
        Files.createDirectory(work);
        copy(book, work, opener, at);
        syncTree(work);
        Path ready = Files.move(work, directory.resolve("repaired"), StandardCopyOption.ATOMIC_MOVE);
        Path aside = directory.resolve("damaged-" + STAMP.format(Instant.now()));
        Files.move(book, aside, StandardCopyOption.ATOMIC_MOVE);
        Files.move(ready, book, StandardCopyOption.ATOMIC_MOVE);
        sync(directory);
        return aside;
    }

    private static void copy(Path from, Path to, FramedLog.StoreOpener opener, long at) throws IOException, LogException {
        FrameStore source = opener.open(from);
        FrameStore target = opener.open(to);
        try (source; target; FrameCursor cursor = source.first()) {
            try (FrameCursor end = target.first()) {
                end.next();
                target.sealed(end);
            }
            ChainCheck check = ChainCheck.fromStart();
            while (check.head().sequence() < at && check.next(cursor)) {
                byte[] frame = Arrays.copyOf(cursor.frame(), cursor.length());
                target.reserve(frame.length);
                target.append(frame);
            }
            if (check.head().sequence() != at) {
                throw new LogException(
                        LogException.Code.DAMAGED,
                        "the book in " + from + " cannot be ended at event " + at + ": an entry ends at event " + check.head().sequence()
                                + ". Nothing was changed");
            }
            target.force();
        } catch (EntryFrame.Malformed e) {
            throw new LogException(LogException.Code.BROKEN, "an empty store cannot be made in " + to + ": " + e.getMessage(), e);
        }
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void syncTree(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                sync(file);
            }
        }
        sync(directory);
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}

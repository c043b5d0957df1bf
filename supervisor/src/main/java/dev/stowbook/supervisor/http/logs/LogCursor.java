package dev.stowbook.supervisor.http.logs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a container's log forward, from the oldest file that is left to the newest, and goes on when files are rotated: {@code log}
 * becomes {@code log.1}, that {@code log.2}, and so on. Blocks: one worker thread at a time.
 */
public final class LogCursor implements AutoCloseable {
    private static final int MOST_FILES = 64;
    private static final int HOLES = 2;

    private final Path newest;
    private final LogQuery query;
    private final Deque<LogFile> files = new ArrayDeque<>();
    private final boolean bounded;
    private boolean gaps;

    private record Mark(LogFile file, long start) {}

    /** Opens the log of a container, whose file need not be there yet. */
    public LogCursor(Path newest, LogQuery query) throws IOException {
        this(newest, query, Optional.empty());
    }

    /** Opens it up to a place; if its file is there no more, then nothing of it is left that stands before the place. */
    public LogCursor(Path newest, LogQuery query, Optional<LogEnd> end) throws IOException {
        this.newest = newest;
        this.query = query;
        this.bounded = end.isPresent();
        this.files.addAll(newerThan(null));
        if (end.isPresent()) {
            endAt(end.get());
        }
        if (query.tail().isPresent()) {
            skipTo(query.tail().getAsLong());
        }
    }

    /** The next lines that are wanted; none if there are none for now. */
    public List<LogLine> read() throws IOException {
        while (true) {
            List<LogFile.Placed> placed = next();
            if (placed.isEmpty()) {
                return List.of();
            }
            List<LogLine> lines = placed.stream().map(LogFile.Placed::line).filter(query::wants).toList();
            if (!lines.isEmpty()) {
                return lines;
            }
        }
    }

    /** Whether files may have come and gone between two that were read: it was too slow for the rotation. */
    public boolean hasGaps() {
        return gaps;
    }

    private void endAt(LogEnd place) throws IOException {
        while (!files.isEmpty() && files.peekLast().key().inode() != place.inode()) {
            files.pollLast().close();
        }
        if (!files.isEmpty()) {
            files.peekLast().endAt(place.offset());
        }
    }

    private List<LogFile.Placed> next() throws IOException {
        if (files.isEmpty() && !bounded) {
            files.addAll(newerThan(null));
        }
        while (!files.isEmpty()) {
            LogFile current = files.peek();
            List<LogFile.Placed> lines = current.read();
            if (!lines.isEmpty()) {
                return lines;
            }
            if (files.size() == 1) {
                if (current.ends()) {
                    return List.of();
                }
                if (LogFile.keyOf(newest).filter(current.key()::equals).isPresent()) {
                    return List.of();
                }
                files.addAll(newerThan(current.key()));
                lines = current.read(); // what was written between the end that was seen and the rotation
                if (!lines.isEmpty() || files.size() == 1) {
                    return lines;
                }
            }
            files.poll().close();
        }
        return List.of();
    }

    /**
     * The files younger than one, oldest first. They are opened youngest first: a rotation meanwhile shows one of them twice, but
     * hides none; for a moment it leaves a hole in the row of names.
     */
    private List<LogFile> newerThan(@Nullable Object known) throws IOException {
        List<LogFile> found = new ArrayList<>();
        boolean met = known == null;
        int holes = 0;
        for (int i = 0; i < MOST_FILES && holes < HOLES; i++) {
            LogFile file = LogFile.open(name(i)).orElse(null);
            if (file == null) {
                holes++;
                continue;
            }
            if (file.key().equals(known)) {
                file.close();
                met = true;
                break;
            }
            if (found.stream().anyMatch(other -> other.key().equals(file.key()))) {
                file.close();
            } else {
                found.addFirst(file);
            }
        }
        gaps |= !met;
        return found;
    }

    private Path name(int i) {
        return i == 0 ? newest : newest.resolveSibling(newest.getFileName() + "." + i);
    }

    /** Finds where the last lines begin by reading everything once; files are of bounded size. */
    private void skipTo(long tail) throws IOException {
        Deque<Mark> marks = new ArrayDeque<>();
        Set<String> unfinished = new HashSet<>();
        for (LogFile file : files) {
            for (List<LogFile.Placed> lines = file.read(); !lines.isEmpty(); lines = file.read()) {
                for (LogFile.Placed each : lines) {
                    if (query.wants(each.line())) {
                        mark(marks, unfinished, file, each, tail);
                    }
                }
            }
        }
        if (tail == 0) {
            while (files.size() > 1) {
                files.poll().close();
            }
            return;
        }
        while (!marks.isEmpty() && files.peek() != marks.peek().file()) {
            files.poll().close();
        }
        for (LogFile file : files) {
            file.seek(0);
        }
        if (!marks.isEmpty()) {
            marks.peek().file().seek(marks.peek().start());
        }
    }

    private static void mark(Deque<Mark> marks, Set<String> unfinished, LogFile file, LogFile.Placed each, long tail) {
        boolean begins = !unfinished.contains(each.line().stream());
        if (each.line().partial()) {
            unfinished.add(each.line().stream());
        } else {
            unfinished.remove(each.line().stream());
        }
        if (begins && tail > 0) {
            marks.add(new Mark(file, each.start()));
            if (marks.size() > tail) {
                marks.poll();
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (LogFile file : files) {
            file.close();
        }
        files.clear();
    }
}

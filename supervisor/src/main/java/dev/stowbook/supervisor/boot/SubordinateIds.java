package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.model.IdPool;
import dev.stowbook.supervisor.model.IdRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What subuid(5) and subgid(5) give to others: {@code login:first:count}. Lines of the name {@code stowbook} are our own. */
final class SubordinateIds {
    private static final Pattern LINE = Pattern.compile("([^:]+):([0-9]{1,10}):([0-9]{1,10})");
    private static final String OURS = "stowbook";

    private SubordinateIds() {}

    /** The pool without the ids that others were given. */
    static IdPool avoidedBy(IdPool pool) throws IOException {
        return avoidedBy(pool, List.of(Path.of("/etc/subuid"), Path.of("/etc/subgid")));
    }

    static IdPool avoidedBy(IdPool pool, List<Path> files) throws IOException {
        TreeSet<IdRange> others = new TreeSet<>(Comparator.comparing(IdRange::first).thenComparing(IdRange::count));
        for (Path file : files) {
            for (String line : lines(file)) {
                range(line).filter(range -> pool.ranges() > 0 && range.overlaps(whole(pool))).ifPresent(others::add);
            }
        }
        return new IdPool(pool.first(), pool.ranges(), List.copyOf(others));
    }

    private static IdRange whole(IdPool pool) {
        return new IdRange(pool.first(), (long) pool.ranges() * IdRange.OF_A_POD);
    }

    private static List<String> lines(Path file) throws IOException {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            return List.of(); // nobody was given any
        }
    }

    /** Lines that newuidmap(1) would pass over are passed over. */
    private static Optional<IdRange> range(String line) {
        Matcher fields = LINE.matcher(line.strip());
        if (!fields.matches() || fields.group(1).equals(OURS)) {
            return Optional.empty();
        }
        long first = Long.parseLong(fields.group(2));
        long count = Math.min(Long.parseLong(fields.group(3)), IdRange.LARGEST_ID + 1 - first);
        return count < 1 ? Optional.empty() : Optional.of(new IdRange(first, count));
    }
}

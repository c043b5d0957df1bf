package dev.stowbook.supervisor.http.logs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One open log file. It stays readable when it is renamed or removed; its key tells which of the names it has now. Only entries that
 * are complete, with their line feed, are given.
 */
final class LogFile implements AutoCloseable {
    private static final int CHUNK_BYTES = 64 << 10;

    private final FileChannel channel;
    private final Key key;
    private long position;
    private long end = Long.MAX_VALUE;

    private LogFile(FileChannel channel, Key key) {
        this.channel = channel;
        this.key = key;
    }

    /** Which file it is, whatever its name. */
    record Key(long device, long inode) {}

    /** An entry and where it begins. */
    record Placed(LogLine line, long start) {}

    /** Opens whatever has that name; empty if nothing has. */
    static Optional<LogFile> open(Path path) throws IOException {
        while (true) {
            Optional<Key> before = keyOf(path);
            if (before.isEmpty()) {
                return Optional.empty();
            }
            FileChannel channel;
            try {
                channel = FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
            } catch (NoSuchFileException e) {
                continue; // renamed since
            }
            if (keyOf(path).equals(before)) {
                return Optional.of(new LogFile(channel, before.get()));
            }
            channel.close();
        }
    }

    /** Device and inode of what has that name. */
    static Optional<Key> keyOf(Path path) throws IOException {
        try {
            Map<String, Object> found = Files.readAttributes(path, "unix:dev,ino", LinkOption.NOFOLLOW_LINKS);
            return Optional.of(new Key(((Number) found.get("dev")).longValue(), ((Number) found.get("ino")).longValue()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    Key key() {
        return key;
    }

    /** From now on it has no more than that many bytes. */
    void endAt(long offset) {
        end = offset;
    }

    /** Whether nothing more can come. */
    boolean ends() {
        return end < Long.MAX_VALUE;
    }

    void seek(long to) {
        position = to;
    }

    /**
     * The next entries; empty at the end of what is written. Nothing is kept of an entry that is not complete: the keeper cuts off one
     * that it could not write in full, and writes another in its place.
     */
    List<Placed> read() throws IOException {
        List<Placed> lines = new ArrayList<>();
        int most = CHUNK_BYTES;
        while (lines.isEmpty()) {
            byte[] chunk = chunk((int) Math.min(most, Math.max(0, end - position)));
            int taken = split(chunk, lines);
            position += taken;
            if (taken == 0) {
                if (chunk.length < most) {
                    break;
                }
                most *= 2;
            }
        }
        return lines;
    }

    /** What stands at the position, as much of it as there is. */
    private byte[] chunk(int most) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(most);
        int count = 0;
        while (count >= 0 && chunk.hasRemaining()) {
            count = channel.read(chunk, position + chunk.position());
        }
        return Arrays.copyOf(chunk.array(), chunk.position());
    }

    /** @return how many bytes the complete entries have */
    private int split(byte[] bytes, List<Placed> lines) {
        int from = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                long at = position + from;
                LogLine.parse(bytes, from, i).ifPresent(line -> lines.add(new Placed(line, at)));
                from = i + 1;
            }
        }
        return from;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}

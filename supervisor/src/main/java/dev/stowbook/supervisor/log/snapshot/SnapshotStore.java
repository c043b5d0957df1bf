package dev.stowbook.supervisor.log.snapshot;

import dev.stowbook.supervisor.log.LogHead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Files of bytes, each taken at an entry of the log. A disposable cache: a file that is not whole, of another version or of another
 * kind is passed over. One thread.
 *
 * <p>Big-endian: magic 'SBKS', format version (4), fingerprint of the content's kind (8), sequence (8), position (8), seconds (8) and
 * nanoseconds (4) of the entry's time, its hash (32), length (4), the bytes, crc32c over all before (4).
 */
public final class SnapshotStore {
    private static final int MAGIC = 0x53424B53;
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 80;
    private static final int KEPT = 2;
    private static final int HASH_BYTES = 32;

    /** What a file holds. */
    public record Snapshot(LogHead head, byte[] content) {}

    private final Path directory;
    private final long fingerprint;

    /**
     * @param directory where they lie; made if missing
     * @param fingerprint of the kind of content; a file with another one is passed over
     */
    public SnapshotStore(Path directory, long fingerprint) {
        this.directory = directory;
        this.fingerprint = fingerprint;
    }

    /** Writes one, durable when this returns, and removes all but the newest two. */
    public void write(LogHead head, byte[] content) throws IOException {
        Files.createDirectories(directory);
        Path target = directory.resolve("snapshot-%020d".formatted(head.sequence()));
        Path temporary = directory.resolve("snapshot.tmp");
        try (FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = encode(head, content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
        List<Path> files = newestFirst();
        for (Path old : files.subList(Math.min(KEPT, files.size()), files.size())) {
            Files.deleteIfExists(old);
        }
    }

    private ByteBuffer encode(LogHead head, byte[] content) {
        ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + content.length + 4);
        out.putInt(MAGIC).putInt(VERSION).putLong(fingerprint).putLong(head.sequence()).putLong(head.position());
        out.putLong(head.time().getEpochSecond()).putInt(head.time().getNano());
        out.put(head.hash(), 0, HASH_BYTES).putInt(content.length).put(content);
        CRC32C crc = new CRC32C();
        crc.update(out.array(), 0, out.position());
        return out.putInt((int) crc.getValue()).flip();
    }

    /** The newest that is whole and of this kind. */
    public Optional<Snapshot> newest() throws IOException {
        for (Path file : newestFirst()) {
            Optional<Snapshot> snapshot = decode(ByteBuffer.wrap(Files.readAllBytes(file)));
            if (snapshot.isPresent()) {
                return snapshot;
            }
            System.getLogger(SnapshotStore.class.getName())
                    .log(System.Logger.Level.INFO, "snapshot {0} is damaged or of another version and is passed over", file);
        }
        return Optional.empty();
    }

    private Optional<Snapshot> decode(ByteBuffer in) {
        if (in.remaining() < HEADER_BYTES + 4) {
            return Optional.empty();
        }
        CRC32C crc = new CRC32C();
        crc.update(in.array(), 0, in.limit() - 4);
        if (in.getInt(in.limit() - 4) != (int) crc.getValue()
                || in.getInt() != MAGIC
                || in.getInt() != VERSION
                || in.getLong() != fingerprint) {
            return Optional.empty();
        }
        long sequence = in.getLong();
        long position = in.getLong();
        Instant time = Instant.ofEpochSecond(in.getLong(), in.getInt());
        byte[] hash = new byte[HASH_BYTES];
        in.get(hash);
        byte[] content = new byte[in.getInt()];
        if (content.length != in.remaining() - 4) {
            return Optional.empty();
        }
        in.get(content);
        return Optional.of(new Snapshot(new LogHead(sequence, time, hash, position), content));
    }

    private List<Path> newestFirst() throws IOException {
        List<Path> files = new ArrayList<>();
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "snapshot-*")) {
                found.forEach(files::add);
            }
        }
        files.sort(Comparator.comparing((Path file) -> file.getFileName().toString()).reversed());
        return files;
    }
}

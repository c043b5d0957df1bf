package dev.stowbook.supervisor.log;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The file {@code synced}: up to where the book was known to be on the disk, and in which boot of the host. It tells a tail that a
 * power failure tore, which nobody was told of, from damage to what was acknowledged. Written after each sync, so it
 * survives the process; it reaches the disk when the kernel likes, and may therefore lag, but is never ahead. Sync thread.
 */
final class SyncedMark implements AutoCloseable {
    private static final int MAGIC = 0x53424B4D;
    private static final int SEQUENCE_AT = 8;
    private static final int BOOT_AT = 16;
    private static final int BOOT_BYTES = 36;
    private static final int BYTES = 64;

    /** What an earlier process left. */
    record Left(long sequence, String bootId) {}

    private final Fd fd;
    private boolean failed;

    private SyncedMark(Fd fd) {
        this.fd = fd;
    }

    /** What an earlier process left, if anything. */
    static Optional<Left> read(Path directory) throws IOException {
        Path file = file(directory);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length != BYTES || ByteBuffer.wrap(bytes).getInt(0) != MAGIC) {
            return Optional.empty();
        }
        return Optional.of(new Left(
                ByteBuffer.wrap(bytes).getLong(SEQUENCE_AT), new String(bytes, BOOT_AT, BOOT_BYTES, StandardCharsets.US_ASCII)));
    }

    /** Begins anew in this boot. */
    static SyncedMark begin(Path directory, long sequence) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).putInt(0, MAGIC).putLong(SEQUENCE_AT, sequence);
        bytes.put(BOOT_AT, bootId().getBytes(StandardCharsets.US_ASCII), 0, BOOT_BYTES);
        try {
            Fd fd = Disk.real().open(file(directory), true);
            Disk.real().writeAt(fd, 0, bytes.array());
            Disk.real().syncData(fd);
            return new SyncedMark(fd);
        } catch (LinuxException e) {
            throw new IOException(file(directory) + ": " + e.getMessage(), e);
        }
    }

    /** The book is on the disk up to a sequence. A mark that can't be written stays behind, which is harmless. */
    void synced(long sequence) {
        try {
            Disk.real().writeAt(fd, SEQUENCE_AT, ByteBuffer.allocate(8).putLong(sequence).array());
        } catch (LinuxException e) {
            if (!failed) {
                System.getLogger(SyncedMark.class.getName())
                        .log(System.Logger.Level.WARNING, "the mark of what is synced cannot be written and stays behind: " + e.getMessage());
            }
            failed = true;
        }
    }

    @Override
    public void close() {
        fd.close();
    }

    static Path file(Path directory) {
        return directory.resolve("synced");
    }

    /** proc_sys_kernel(5), random/boot_id. */
    static String bootId() throws IOException {
        return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    }
}

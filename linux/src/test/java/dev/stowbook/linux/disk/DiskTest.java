package dev.stowbook.linux.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskTest {
    @TempDir
    Path directory;

    private final Disk disk = Disk.real();

    @Test
    void aLockKeepsOutAnotherOpeningUntilItsDescriptorIsClosed() throws Exception {
        Path file = directory.resolve("lock");
        Fd first = disk.open(file, true);
        try (Fd second = disk.open(file, false)) {
            assertTrue(disk.lock(first));
            assertFalse(disk.lock(second));
            Files.readString(file); // opens and closes another descriptor, which would end a lock of fcntl(2)
            assertFalse(disk.lock(second));
            first.close();
            assertTrue(disk.lock(second));
        } finally {
            first.close();
        }
    }

    @Test
    void allocatingTakesRoomWithoutChangingTheSize() throws Exception {
        Path file = directory.resolve("file");
        try (Fd fd = disk.open(file, true)) {
            assertTrue(disk.allocate(fd, 0, 1 << 20), "the temporary directory's file system supports fallocate");
            assertEquals(0, Files.size(file));
            Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
            int blocks = Integer.parseInt(new String(stat.getInputStream().readAllBytes()).strip());
            assertTrue(blocks * 512L >= 1 << 20, blocks + " blocks of 512 bytes");
        }
    }

    @Test
    void bytesAreWrittenWhereTheyBelongThoughTheThreadIsInterrupted() throws Exception {
        Path file = Files.write(directory.resolve("file"), new byte[] {1, 2, 3, 4});
        try (Fd fd = disk.open(file, false)) {
            Thread.currentThread().interrupt();
            disk.writeAt(fd, 2, new byte[] {7, 8, 9});
            disk.syncData(fd);
            disk.sync(fd);
            assertTrue(Thread.interrupted());
        }
        assertArrayEquals(new byte[] {1, 2, 7, 8, 9}, Files.readAllBytes(file));
    }

    @Test
    void errorsNameTheCallAndTheFile() throws Exception {
        LinuxException missing = assertThrows(LinuxException.class, () -> disk.open(directory.resolve("missing"), false));
        assertEquals(Errno.ENOENT, missing.errno());
        assertTrue(missing.getMessage().contains("missing"), missing.getMessage());
        assertThrows(LinuxException.class, () -> disk.openDirectory(Files.createFile(directory.resolve("plain"))));
        try (Fd fd = disk.openDirectory(directory)) {
            disk.sync(fd);
        }
    }
}

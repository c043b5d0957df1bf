package dev.stowbook.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupFilesTest {
    @TempDir
    Path directory;

    private final CgroupFiles files = CgroupFiles.real();

    @Test
    void aFileIsReadWholeWithoutItsLastLineFeed() throws Exception {
        Path file = directory.resolve("file");
        String long1 = "x".repeat(10_000);
        Files.writeString(file, long1 + "\ny\n");
        assertEquals(long1 + "\ny", files.read(file));
    }

    @Test
    void aFailedWriteNamesTheBytesAndTheFile() {
        var failure = assertThrows(LinuxException.class, () -> files.write(directory.resolve("none"), "4096\n"));
        assertEquals(Errno.ENOENT, failure.errno());
        assertTrue(String.valueOf(failure.getMessage()).contains("write \"4096\\n\""), failure.getMessage());
        assertTrue(String.valueOf(failure.getMessage()).contains(directory.resolve("none").toString()), failure.getMessage());
        Path full = Path.of("/dev/full");
        assertEquals(Errno.ENOSPC, assertThrows(LinuxException.class, () -> files.write(full, "1")).errno());
    }

    @Test
    void directoriesAreMadeListedAndRemoved() throws Exception {
        files.makeDirectory(directory.resolve("b"));
        files.makeDirectory(directory.resolve("a"));
        Files.createFile(directory.resolve("file"));
        assertEquals(List.of("a", "b"), files.childDirectories(directory));
        assertEquals(Errno.EEXIST, assertThrows(LinuxException.class, () -> files.makeDirectory(directory.resolve("a"))).errno());
        files.removeDirectory(directory.resolve("a"));
        assertFalse(files.exists(directory.resolve("a")));
        assertEquals(List.of(), files.childDirectories(directory.resolve("a")));
        assertEquals(Errno.ENOENT, assertThrows(LinuxException.class, () -> files.removeDirectory(directory.resolve("a"))).errno());
    }
}

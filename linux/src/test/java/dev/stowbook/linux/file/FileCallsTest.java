package dev.stowbook.linux.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCallsTest {
    private final FileCalls files = FileCalls.linux();

    @TempDir
    Path scratch;

    private Fd dir;

    @BeforeEach
    void openDirectory() throws Exception {
        dir = files.open(LibC.AT_FDCWD, scratch.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0);
    }

    @AfterEach
    void closeDirectory() throws Exception {
        for (String name : files.names(dir.number())) {
            new Trees(files).remove(dir.number(), name);
        }
        dir.close();
    }

    private int errno(long resolve, String path) {
        return assertThrows(LinuxException.class, () -> files.open(dir.number(), path, LibC.O_RDONLY, 0, resolve)).errno();
    }

    @Test
    void resolutionStaysWhereItIsTold() throws Exception {
        Files.createSymbolicLink(scratch.resolve("out"), Path.of("/etc"));
        Files.createSymbolicLink(scratch.resolve("magic"), Path.of("/proc/self/cwd"));
        Files.createDirectories(scratch.resolve("etc"));
        Files.writeString(scratch.resolve("etc/passwd"), "inside");
        assertEquals(Errno.EXDEV, errno(FileCalls.RESOLVE_BENEATH, "../x"));
        assertEquals(Errno.EXDEV, errno(FileCalls.RESOLVE_BENEATH, "/etc/passwd"));
        assertEquals(Errno.EXDEV, errno(FileCalls.RESOLVE_BENEATH, "out/passwd"));
        assertEquals(Errno.ELOOP, errno(FileCalls.RESOLVE_NO_SYMLINKS, "out/passwd"));
        assertEquals(Errno.ELOOP, errno(FileCalls.RESOLVE_NO_MAGICLINKS, "magic/x"));
        assertEquals(Errno.ELOOP, errno(0, "out")); // the last component is never followed
        try (Fd file = files.open(dir.number(), "out/passwd", LibC.O_RDONLY, 0, FileCalls.RESOLVE_IN_ROOT)) {
            byte[] buffer = new byte[10];
            assertEquals("inside", new String(buffer, 0, files.read(file.number(), buffer, 10)));
        }
    }

    @Test
    void dataIsCopiedFromOneFileSystemToAnother() throws Exception {
        Path source = Files.createTempFile(Path.of("/dev/shm"), "stowbook-test-", "");
        try (Fd from = files.open(LibC.AT_FDCWD, source.toString(), LibC.O_RDONLY, 0, 0);
                Fd to = files.open(dir.number(), "copy", LibC.O_WRONLY | LibC.O_CREAT, 0600, 0)) {
            Files.writeString(source, "0123456789");
            files.seek(from.number(), 2);
            files.seek(to.number(), 1);
            assertEquals(3, files.copyRange(from.number(), to.number(), 3));
            assertEquals(5, files.copyRange(from.number(), to.number(), 100), "on from where it was");
            assertEquals(0, files.copyRange(from.number(), to.number(), 100));
            assertEquals("\00023456789", Files.readString(scratch.resolve("copy")));
        } finally {
            Files.delete(source);
        }
    }

    @Test
    void namesAreBytes() throws Exception {
        String name = RawPath.ofBytes(new byte[] {(byte) 0xff, (byte) 0xfe, '\n', 'x'});
        files.mkdir(dir.number(), name, 0700);
        files.mkdir(dir.number(), RawPath.ofText("ü"), 0700);
        assertEquals(List.of(RawPath.ofText("ü"), name), files.names(dir.number()));
        assertTrue(files.status(dir.number(), name).isDirectory());
        assertThrows(IllegalArgumentException.class, () -> files.mkdir(dir.number(), "a\0b", 0700));
        assertThrows(IllegalArgumentException.class, () -> files.mkdir(dir.number(), "\u2603", 0700));
    }

    @Test
    void manyNamesAreListedAll() throws Exception {
        for (int i = 0; i < 3000; i++) {
            files.mknod(dir.number(), "n".repeat(50) + (10000 + i), FileStatus.S_IFREG | 0600, 0, 0);
        }
        assertEquals(
                IntStream.range(0, 3000).mapToObj(i -> "n".repeat(50) + (10000 + i)).toList(), files.names(dir.number()));
    }

    @Test
    void statusIsWhatTheKernelSays() throws Exception {
        files.mknod(dir.number(), "dev", FileStatus.S_IFCHR | 0600, 4095, 1_048_575);
        files.chown(dir.number(), "dev", 123456, 654321);
        files.chmod(dir.number(), "dev", 06711);
        files.setTimes(dir.number(), "dev", -5, 999_999_999);
        FileStatus status = files.status(dir.number(), "dev");
        assertEquals(4095, status.rdevMajor());
        assertEquals(1_048_575, status.rdevMinor());
        assertEquals(123456, status.uid());
        assertEquals(654321, status.gid());
        assertEquals(06711, status.permissions());
        assertEquals(-5, status.mtimeSeconds());
        assertEquals(999_999_999, status.mtimeNanos());
        assertEquals(Files.getAttribute(scratch.resolve("dev"), "unix:ino"), status.inode());
        assertEquals(Optional.empty(), files.statusIfPresent(dir.number(), "none"));
    }

    @Test
    void attributesOfAnySizeAreRead() throws Exception {
        files.mkdir(dir.number(), "d", 0700);
        byte[] value = new byte[3000];
        value[2999] = 7;
        files.setXattr(dir.number(), "d", "trusted.large", value);
        files.setXattr(dir.number(), "d", "user.empty", new byte[0]);
        assertEquals(List.of("trusted.large", "user.empty"), files.xattrNames(dir.number(), "d"));
        assertArrayEquals(value, files.xattr(dir.number(), "d", "trusted.large").orElseThrow());
        assertArrayEquals(new byte[0], files.xattr(dir.number(), "d", "user.empty").orElseThrow());
        assertTrue(files.xattr(dir.number(), "d", "user.none").isEmpty());
        files.removeXattr(dir.number(), "d", "trusted.large");
        assertEquals(List.of("user.empty"), files.xattrNames(dir.number(), "d"));
    }

    @Test
    void failuresNameTheCallAndThePath() {
        LinuxException e = assertThrows(LinuxException.class, () -> files.rmdir(dir.number(), "none"));
        assertEquals("rmdir(none): ENOENT", e.getMessage());
    }
}

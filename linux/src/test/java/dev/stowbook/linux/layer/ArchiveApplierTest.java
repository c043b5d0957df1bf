package dev.stowbook.linux.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.IdShift;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is in a directory while a tar is unpacked into it, and when that is broken off. */
class ArchiveApplierTest {
    private static final byte[] DATA = new byte[3 << 20];

    @TempDir
    private Path directory;

    @BeforeEach
    void root() throws IOException {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "only root gives files away");
        new Random(1).nextBytes(DATA);
    }

    private static byte[] tar(String path, int permissions) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TarWriter tar = new TarWriter(out);
        tar.begin(new TarEntry(path, TarEntry.Kind.FILE, permissions, 33, 44, DATA.length, 1_000_000_000, 0, "", 0, 0, new TreeMap<>()));
        tar.write(DATA, DATA.length);
        tar.finish();
        return out.toByteArray();
    }

    /** Looks into the directory each time somebody reads on, and breaks off after so many bytes. */
    private final class Watched extends InputStream {
        private final ByteArrayInputStream tar;
        private int left;
        private Set<String> seen = Set.of();

        Watched(byte[] tar, int most) {
            this.tar = new ByteArrayInputStream(tar);
            this.left = most;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException("one by one");
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            seen = Stream.concat(seen.stream(), names().stream()).collect(Collectors.toSet());
            if (left <= 0) {
                throw new IOException("broken off");
            }
            int got = tar.read(buffer, offset, Math.min(length, left));
            left -= Math.max(0, got);
            return got;
        }
    }

    private Set<String> names() throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            return children.map(child -> child.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    private void apply(FileCalls files, InputStream tar) throws IOException, LinuxException {
        try (Fd root = files.open(LibC.AT_FDCWD, directory.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            new ArchiveApplier(files, root, IdShift.NONE, true).apply(tar);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFileHasNoNameUntilItIsWhole(boolean replaces) throws Exception {
        if (replaces) {
            Files.writeString(directory.resolve("large"), "before");
        }
        Set<String> before = names();
        Watched cut = new Watched(tar("large", 0640), 2 << 20);
        assertEquals("broken off", assertThrows(IOException.class, () -> apply(FileCalls.linux(), cut)).getMessage());
        assertEquals(before, cut.seen);
        assertEquals(before, names());
        if (replaces) {
            assertEquals("before", Files.readString(directory.resolve("large")));
        }

        Watched whole = new Watched(tar("large", 04751), Integer.MAX_VALUE);
        apply(FileCalls.linux(), whole);
        assertTrue(before.containsAll(whole.seen) || whole.seen.equals(Set.of("large")), whole.seen.toString());
        assertEquals(Set.of("large"), names());
        Path large = directory.resolve("large");
        assertArrayEquals(DATA, Files.readAllBytes(large));
        assertEquals("33:44 104751 1", Files.getAttribute(large, "unix:uid") + ":" + Files.getAttribute(large, "unix:gid") + " "
                + Integer.toOctalString((Integer) Files.getAttribute(large, "unix:mode")) + " " + Files.getAttribute(large, "unix:nlink"));
        assertEquals(1_000_000_000, Files.getLastModifiedTime(large).toInstant().getEpochSecond());
    }

    /** As on NFS, or in overlay before Linux 6.1. */
    @Test
    void whereFilesNeedNamesAFileIsMadeUnderOneThatGoesWithAFailure() throws Exception {
        FileCalls poor = (FileCalls) Proxy.newProxyInstance(
                FileCalls.class.getClassLoader(), new Class<?>[] {FileCalls.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("open") && ((Integer) arguments[2] & LibC.O_TMPFILE) == LibC.O_TMPFILE) {
                        throw new LinuxException(Errno.EOPNOTSUPP, "openat2", (String) arguments[1]);
                    }
                    try {
                        return method.invoke(FileCalls.linux(), arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        Watched cut = new Watched(tar("large", 0640), 2 << 20);
        assertThrows(IOException.class, () -> apply(poor, cut));
        assertTrue(cut.seen.stream().anyMatch(name -> name.startsWith(".stowbook-copy-")), cut.seen.toString());
        assertEquals(Set.of(), names());
        apply(poor, new ByteArrayInputStream(tar("large", 0640)));
        assertEquals(Set.of("large"), names());
        assertTrue(Arrays.equals(DATA, Files.readAllBytes(directory.resolve("large"))));
    }
}

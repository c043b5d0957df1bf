package dev.stowbook.graph.vfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.CommitRequest;
import dev.stowbook.spi.graph.GraphCapability;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.spi.graph.PrepareRequest;
import dev.stowbook.spi.graph.RootfsMount;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VfsCopyTest {
    private static final int MEBIBYTE = 1 << 20;
    private static final FileCalls FILES = FileCalls.linux();

    @TempDir
    Path home;

    @Test
    void u10_everyLayerAndContainerIsAFullCopy() throws Exception {
        byte[] data = new byte[2 * MEBIBYTE];
        new Random(10).nextBytes(data);
        try (GraphDriver driver = VfsGraphDriver.open(FILES, MountCalls.linux(), home)) {
            driver.applyDiff(new ApplyDiffRequest(
                    "1", Optional.empty(), new ByteArrayInputStream(new TarBytes().file("a", 0644, data).bytes()), "1"));
            driver.applyDiff(new ApplyDiffRequest(
                    "2", Optional.of("1"), new ByteArrayInputStream(new TarBytes().file("b", 0644, data).bytes()), "1"));
            var mount = driver.prepare(new PrepareRequest("3", Optional.of("2"), OptionalLong.empty(), "1")).mount();
            assertUse(driver, "1", 2);
            assertUse(driver, "2", 4);
            assertUse(driver, "3", 4);
            Path tree = assertInstanceOf(RootfsMount.Directory.class, mount).directory();
            Files.writeString(tree.resolve("a"), "written in place, without any mount");
            assertEquals(2 * MEBIBYTE, Files.size(home.resolve("1/diff/a")));
            assertEquals(2 * MEBIBYTE, Files.size(home.resolve("2/diff/a")));
        }
        assertTrue(!new VfsGraphDriverProvider().capabilities().contains(GraphCapability.COPY_ON_WRITE));
    }

    private static void assertUse(GraphDriver driver, String id, int mebibytes) throws Exception {
        long bytes = driver.usage(new LayerTarget(id, "1")).bytes();
        assertTrue(bytes >= (long) mebibytes * MEBIBYTE && bytes < (long) mebibytes * MEBIBYTE + 100_000, id + " takes " + bytes);
    }

    @Test
    void holesStayHoles() throws Exception {
        try (GraphDriver driver = VfsGraphDriver.open(FILES, MountCalls.linux(), home)) {
            Path tree = assertInstanceOf(
                            RootfsMount.Directory.class,
                            driver.prepare(new PrepareRequest("1", Optional.empty(), OptionalLong.empty(), "1")).mount())
                    .directory();
            try (Fd file = FILES.open(LibC.AT_FDCWD, tree.resolve("sparse").toString(), LibC.O_WRONLY | LibC.O_CREAT, 0644, 0)) {
                FILES.seek(file.number(), 50L * MEBIBYTE);
                FILES.write(file.number(), new byte[] {1}, 1);
                FILES.truncate(file.number(), 100L * MEBIBYTE);
            }
            driver.commit(new CommitRequest("1", "2", "1"));
            assertEquals(100L * MEBIBYTE, Files.size(home.resolve("2/diff/sparse")));
            assertTrue(driver.usage(new LayerTarget("2", "1")).bytes() < MEBIBYTE);
            assertEquals(-1L, Files.mismatch(tree.resolve("sparse"), home.resolve("2/diff/sparse")));
        }
        try (Fd fd = FILES.open(LibC.AT_FDCWD, home.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            assertTrue(new Trees(FILES).measure(fd.number()).allocatedBytes() < 2 * MEBIBYTE);
        }
    }
}

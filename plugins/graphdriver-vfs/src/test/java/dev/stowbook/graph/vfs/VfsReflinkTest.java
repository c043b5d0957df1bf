package dev.stowbook.graph.vfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.spi.graph.PrepareRequest;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.graph.LoopFileSystem;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies where the file system can let files share their data. */
@RequiresRoot("it mounts a file system of its own")
class VfsReflinkTest {
    private static final int MEBIBYTE = 1 << 20;
    private static final FileCalls FILES = FileCalls.linux();

    @ParameterizedTest
    @ValueSource(strings = {"btrfs", "xfs"})
    void copiesTakeNoRoomUntilTheyAreWrittenTo(String type) throws Exception {
        byte[] data = new byte[48 * MEBIBYTE];
        new Random(3).nextBytes(data);
        try (LoopFileSystem disk = LoopFileSystem.make(type, 512L << 20)) {
            Path home = Files.createDirectory(disk.path().resolve("home"));
            try (GraphDriver driver = VfsGraphDriver.open(FILES, MountCalls.linux(), home)) {
                byte[] tar = new TarBytes().file("big", 0644, data).bytes();
                driver.applyDiff(new ApplyDiffRequest("1", Optional.empty(), new ByteArrayInputStream(tar), "1"));
                long before = used(home);
                for (String id : new String[] {"2", "3", "4"}) {
                    driver.prepare(new PrepareRequest(id, Optional.of("1"), OptionalLong.empty(), "1"));
                }
                long after = used(home);
                assertTrue(after - before < 8 * MEBIBYTE, "three copies took " + (after - before) + " bytes");
                Files.write(home.resolve("2/diff/big"), new byte[MEBIBYTE]);
                assertEquals(-1L, Files.mismatch(home.resolve("1/diff/big"), home.resolve("3/diff/big")));
                assertTrue(driver.usage(new LayerTarget("3", "1")).bytes() >= 48 * MEBIBYTE);
            }
        }
    }

    private static long used(Path directory) throws Exception {
        try (Fd fd = FILES.open(LibC.AT_FDCWD, directory.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            FILES.syncFileSystem(fd.number());
        }
        var store = Files.getFileStore(directory);
        return store.getTotalSpace() - store.getUnallocatedSpace();
    }
}

package dev.stowbook.testkit.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.graph.Change;
import dev.stowbook.spi.graph.CommitRequest;
import dev.stowbook.spi.graph.GraphCapability;
import dev.stowbook.spi.graph.PrepareRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What a graph driver's capabilities promise, and that what it cannot do it refuses. All are demanded unless {@link #capabilities} leaves some
 * out, which then must be refused. Extend it as {@link GraphDriverContract}.
 */
public abstract class GraphDriverCapabilityContract extends GraphDriverFixture {
    private static final int MEBIBYTE = 1 << 20;

    /** What the driver can do on the file system that it is tested on. */
    protected Set<GraphCapability> capabilities() {
        return EnumSet.allOf(GraphCapability.class);
    }

    private boolean can(GraphCapability capability) {
        return capabilities().contains(capability);
    }

    private static byte[] noise(int bytes) {
        byte[] noise = new byte[bytes];
        new Random(9).nextBytes(noise);
        return noise;
    }

    @Test
    void u9_copyOnWriteStoresOnlyWhatIsWrittenAndOthersStoreAll() throws Exception {
        apply(BASE, Optional.empty(), new TarBytes().file("big", 0644, noise(4 * MEBIBYTE)));
        prepare(WRITABLE, Optional.of(BASE));
        try (Views view = Views.open(driver, WRITABLE)) {
            Files.writeString(view.path("small"), "s");
        }
        long bytes = driver.usage(target(WRITABLE)).bytes();
        if (can(GraphCapability.COPY_ON_WRITE)) {
            assertTrue(bytes < MEBIBYTE, "takes " + bytes);
        } else {
            assertTrue(bytes >= 4 * MEBIBYTE, "takes " + bytes);
        }
    }

    @Test
    void u9_aQuotaEndsWritesOrIsRefused() throws Exception {
        apply(BASE, Optional.empty(), new TarBytes().file("big", 0644, noise(8 * MEBIBYTE)));
        PrepareRequest request = new PrepareRequest(WRITABLE, Optional.of(BASE), OptionalLong.of(4 * MEBIBYTE), "1/prepare");
        if (!can(GraphCapability.QUOTA)) {
            DriverException e = assertThrows(DriverException.class, () -> driver.prepare(request));
            assertEquals(DriverErrorCode.UNSUPPORTED, e.code());
            assertEquals(Presence.ABSENT, presence(WRITABLE));
            return;
        }
        driver.prepare(request);
        prepare(OTHER, Optional.of(BASE));
        try (Views limited = Views.open(driver, WRITABLE);
                Views free = Views.open(driver, OTHER)) {
            assertEquals(8 * MEBIBYTE, Files.size(limited.path("big")));
            Files.write(limited.path("fits"), noise(MEBIBYTE));
            IOException e = assertThrows(IOException.class, () -> writeMuch(limited.path("much")));
            assertTrue(e.getMessage().contains("quota exceeded") || e.getMessage().contains("No space left"), e.getMessage());
            assertTrue(Files.size(limited.path("much")) <= 4 * MEBIBYTE, "wrote " + Files.size(limited.path("much")));
            writeMuch(free.path("much"));
        }
        assertEquals(driver.mounts(target(WRITABLE)), driver.prepare(request).mount());
        driver.remove(target(WRITABLE));
        assertEquals(Presence.ABSENT, presence(WRITABLE));
    }

    /** Sixteen mebibytes, synced as they come, so that no write is only remembered. */
    private static void writeMuch(Path file) throws IOException {
        byte[] noise = noise(MEBIBYTE);
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int i = 0; i < 16; i++) {
                out.write(ByteBuffer.wrap(noise));
                out.force(false);
            }
        }
    }

    @Test
    void u9_attributesAreKeptWhereTheDriverSaysSo() throws Exception {
        apply(BASE, Optional.empty(), new TarBytes().xattr("user.colour", "blue".getBytes()).file("f", 0644, "f"));
        assumeTrue(can(GraphCapability.XATTR), "the driver keeps no attributes");
        assertTrue(listing(BASE).getLast().endsWith(" user.colour=626c7565"), () -> "lost");
    }

    @Test
    void u9_aDriverThatKnowsItsChangesOverlooksNoneThatLeavesSizeAndTimeAsTheyWere() throws Exception {
        assumeTrue(can(GraphCapability.DIFF), "the driver compares trees");
        apply(BASE, Optional.empty(), new TarBytes().file("f", 0644, "one").file("g", 0644, "two"));
        prepare(WRITABLE, Optional.of(BASE));
        try (Views view = Views.open(driver, WRITABLE)) {
            FileStatus before = FileCalls.linux().status(LibC.AT_FDCWD, view.path("f").toString());
            Files.writeString(view.path("f"), "ONE");
            FileCalls.linux().setTimes(LibC.AT_FDCWD, view.path("f").toString(), before.mtimeSeconds(), before.mtimeNanos());
        }
        assertEquals(List.of(new Change("/f", Change.Kind.MODIFIED)), driver.changes(target(WRITABLE)));
    }

    /** Names, not data: what is written to a file reaches the disk when it likes, but the order of names is kept. */
    @Test
    void u9_aSnapshotIsOfOneMomentThoughTheContainerMakesFilesOn() throws Exception {
        assumeTrue(can(GraphCapability.SNAPSHOT), "the driver copies file by file");
        prepare(WRITABLE, Optional.empty());
        try (Views view = Views.open(driver, WRITABLE)) {
            for (String directory : List.of("first", "second")) {
                Files.createDirectory(view.path(directory));
            }
            AtomicBoolean over = new AtomicBoolean();
            AtomicReference<Throwable> failed = new AtomicReference<>();
            Thread writer = Thread.ofPlatform().start(() -> makeFiles(view, over, failed));
            try {
                for (int i = 0; i < 10; i++) {
                    String id = Integer.toHexString(0xc0de00 + i);
                    driver.commit(new CommitRequest(WRITABLE, id, "1"));
                    assertOneMoment(id);
                }
            } finally {
                over.set(true);
                writer.join();
            }
            assertEquals(null, failed.get());
        }
    }

    /** A name always comes into the first directory before it comes into the second. */
    private static void makeFiles(Views view, AtomicBoolean over, AtomicReference<Throwable> failed) {
        try {
            for (int i = 0; !over.get() && i < 20_000; i++) {
                Files.createFile(view.path("first/" + i));
                Files.createFile(view.path("second/" + i));
            }
        } catch (IOException e) {
            failed.set(e);
        }
    }

    private void assertOneMoment(String id) throws Exception {
        try (Views view = Views.open(driver, id);
                Stream<Path> first = Files.list(view.path("first"));
                Stream<Path> second = Files.list(view.path("second"))) {
            long ahead = first.count() - second.count();
            assertTrue(ahead == 0 || ahead == 1, "the first directory is " + ahead + " names ahead");
        }
    }
}

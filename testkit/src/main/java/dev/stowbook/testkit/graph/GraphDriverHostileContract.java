package dev.stowbook.testkit.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.RootfsMount;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What every graph driver makes of hostile and damaged tars, and how it removes what containers left. Extend it as {@link GraphDriverContract}. */
public abstract class GraphDriverHostileContract extends GraphDriverFixture {
    @Test
    void hostileTarsEndInOneSentenceAndTouchNothingOutside() throws Exception {
        Path outside = Files.createDirectory(scratch.resolve("outside"));
        Files.writeString(outside.resolve("canary"), "alive");
        apply(BASE, Optional.empty(), base());
        int number = 0;
        for (HostileTars.Case hostile : HostileTars.refused(outside)) {
            String id = Integer.toHexString(0xbad000 + number++);
            DriverException e = assertThrows(
                    DriverException.class,
                    () -> driver.applyDiff(new ApplyDiffRequest(
                            id, Optional.of(BASE), new ByteArrayInputStream(hostile.tar()), "1")),
                    hostile.name());
            assertEquals(DriverErrorCode.CORRUPT, e.code(), hostile.name() + ": " + e.getMessage());
            assertTrue(e.getMessage().contains(hostile.mentions()), hostile.name() + ": " + e.getMessage());
            assertEquals(Presence.ABSENT, presence(id), hostile.name());
            assertCanary(outside, hostile.name());
        }
        assertEquals(1, driver.list().size());
    }

    @Test
    void tarsThatReachOutwardsAreContained() throws Exception {
        Path outside = Files.createDirectory(scratch.resolve("outside"));
        Files.writeString(outside.resolve("canary"), "alive");
        apply(BASE, Optional.empty(), base());
        int number = 0;
        for (HostileTars.Case hostile : HostileTars.contained(outside)) {
            String id = Integer.toHexString(0xcafe00 + number++);
            driver.applyDiff(new ApplyDiffRequest(id, Optional.of(BASE), new ByteArrayInputStream(hostile.tar()), "1"));
            assertTrue(paths(id).contains(hostile.mentions()), () -> hostile.name());
            assertCanary(outside, hostile.name());
        }
    }

    private static void assertCanary(Path outside, String name) throws IOException {
        assertEquals("alive", Files.readString(outside.resolve("canary")), name);
        assertEquals(1, Files.list(outside).count(), name);
        assertFalse(Files.isSymbolicLink(outside.resolve("canary")), name);
    }

    @Test
    void aTarCutShortAnywhereIsRefusedOrWholeAndNeverHalfALayer() throws Exception {
        byte[] whole = base().bytes();
        for (int length = 0; length < whole.length; length += 256) {
            byte[] cut = Arrays.copyOf(whole, length);
            String id = Integer.toHexString(0xc0de00 + length / 256);
            boolean refused = false;
            try {
                driver.applyDiff(new ApplyDiffRequest(id, Optional.empty(), new ByteArrayInputStream(cut), "1"));
            } catch (DriverException e) {
                refused = true;
                assertEquals(DriverErrorCode.CORRUPT, e.code(), e.getMessage());
            }
            assertEquals(refused ? Presence.ABSENT : Presence.PRESENT, presence(id));
        }
    }

    @Test
    void anyFlippedByteOfAHeaderIsNoticed() throws Exception {
        byte[] whole = new TarBytes().file("etc/passwd", 0644, "root").bytes();
        for (int at = 0; at < 512; at++) {
            if (at == 155) {
                continue; // behind the NUL that ends the checksum; it says nothing
            }
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x15;
            DriverException e = assertThrows(DriverException.class, () -> driver.applyDiff(
                    new ApplyDiffRequest(BASE, Optional.empty(), new ByteArrayInputStream(damaged), "1")));
            assertEquals(DriverErrorCode.CORRUPT, e.code(), e.getMessage());
        }
        assertEquals(Presence.ABSENT, presence(BASE));
    }

    @Test
    void theStreamIsReadToItsEnd() throws Exception {
        ByteArrayInputStream tar = new ByteArrayInputStream(Arrays.copyOf(base().bytes(), 65536));
        driver.applyDiff(new ApplyDiffRequest(BASE, Optional.empty(), tar, "1"));
        assertEquals(0, tar.available());
    }

    @Test
    void usageCountsWhatIsOnDisk() throws Exception {
        apply(BASE, Optional.empty(), new TarBytes().file("big", 0644, new byte[1 << 20]).hardLink("again", "big"));
        var usage = driver.usage(target(BASE));
        assertEquals(2, usage.inodes());
        assertTrue(usage.bytes() >= 1 << 20 && usage.bytes() < 1100000, usage.toString());
    }

    @Test
    void aVeryDeepTreeCanBeRemoved() throws Exception {
        RootfsMount mount = prepare(WRITABLE, Optional.empty());
        assertTrue(mount instanceof RootfsMount.Directory);
        FileCalls files = FileCalls.linux();
        int depth = 3000;
        Fd at = files.open(
                LibC.AT_FDCWD,
                ((RootfsMount.Directory) mount).directory().toString(),
                LibC.O_PATH, 0, 0);
        for (int i = 0; i < depth; i++) {
            files.mkdir(at.number(), "d", 0755);
            var next = files.open(at.number(), "d", LibC.O_PATH, 0, 0);
            at.close();
            at = next;
        }
        FileStatus deepest = files.status(at.number());
        at.close();
        assertTrue(deepest.isDirectory());
        driver.remove(target(WRITABLE));
        assertEquals(0, Files.list(home).count());
    }
}

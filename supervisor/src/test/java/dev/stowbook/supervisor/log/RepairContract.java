package dev.stowbook.supervisor.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a log is ended before damage: on demand, and by itself where a power failure tore what nobody was told of. */
public abstract class RepairContract extends DamageContract {
    @TempDir
    Path copies;

    protected abstract FramedLog.StoreOpener store();

    private Path aside() throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith("damaged-")).findFirst().orElseThrow();
        }
    }

    @Test
    void truncatingKeepsWhatIsGoodAndMovesTheRestAside() throws Exception {
        write(offsetOf(1000) + 2, new byte[] {'x'});
        assertDamagedAt(1000);
        long size = Files.size(dataFile());
        Path aside = LogRepair.truncate(directory, store(), 999);
        assertEquals(aside(), aside);
        assertEquals(size, Files.size(aside.resolve(dataFile().getFileName())));
        try (FramedLog log = open()) {
            assertEquals(999, log.lastSequence());
            log.append(Drafts.draft(1000, 1));
        }
        try (FramedLog log = open()) {
            assertEquals(1000, Drafts.read(log, 1).size());
        }
    }

    @Test
    void aClosedLogIsVerifiedWithoutADaemon() throws Exception {
        LogReport good = LogVerifier.verify(directory, store());
        assertTrue(good.good(), () -> good.problem().orElseThrow());
        assertEquals(2000, good.entries());
        write(offsetOf(1000) + 2, new byte[] {'x'});
        LogReport bad = LogVerifier.verify(directory, store());
        assertEquals(999, bad.head().sequence());
        assertTrue(bad.problem().orElseThrow().contains("where event 1000 should be"), bad.problem().orElseThrow());
    }

    @Test
    void truncatingBehindDamageOrInAnOpenLogChangesNothing() throws Exception {
        try (FramedLog log = open()) {
            assertEquals(LogException.Code.LOCKED, assertThrows(LogException.class, () -> LogRepair.truncate(directory, store(), 5)).code());
            assertEquals(2000, Drafts.read(log, 1).size());
        }
        LogException e = assertThrows(LogException.class, () -> LogRepair.truncate(directory, store(), 3000));
        assertTrue(e.getMessage().contains("an entry ends at event 2000"), e.getMessage());
        write(offsetOf(1000) + 2, new byte[] {'x'});
        assertThrows(LogException.class, () -> LogRepair.truncate(directory, store(), 1500));
        assertDamagedAt(1000);
    }

    @Test
    void aRepairThatWasCutOffBetweenItsRenamesIsEnded() throws Exception {
        byte[] hash;
        try (FramedLog log = open()) {
            hash = log.head().hash();
        }
        Files.move(directory.resolve("book"), directory.resolve("repaired"), StandardCopyOption.ATOMIC_MOVE);
        try (FramedLog log = open()) {
            assertArrayEquals(hash, log.head().hash());
        }
    }

    /** The directory as a power failure leaves it: 2100 of 2200 events synced, a page of what follows lost. */
    private void losePower(boolean otherBoot) throws Exception {
        Path copy = copies.resolve("copy");
        try (FramedLog log = open()) {
            for (int i = 2001; i <= 2200; i++) {
                log.append(Drafts.draft(i, 1));
                if (i == 2100) {
                    log.sync();
                }
            }
            try (var files = Files.walk(directory)) {
                for (Path file : files.toList()) {
                    Files.copy(file, copy.resolve(directory.relativize(file).toString()));
                }
            }
        }
        directory = copy;
        write(offsetOf(2150), new byte[300]);
        if (otherBoot) {
            try (FileChannel mark = FileChannel.open(SyncedMark.file(directory), StandardOpenOption.WRITE)) {
                mark.write(ByteBuffer.wrap("00000000-0000-0000-0000-000000000000".getBytes(StandardCharsets.US_ASCII)), 16);
            }
        }
    }

    @Test
    void aTailThatAPowerFailureToreIsMovedAsideAndTheLogGoesOn() throws Exception {
        losePower(true);
        try (FramedLog log = open()) {
            assertEquals(2149, log.lastSequence());
            log.append(Drafts.draft(2150, 1));
        }
        assertTrue(Files.isDirectory(aside()));
        try (FramedLog log = open()) {
            assertEquals(2150, Drafts.read(log, 1).size());
        }
    }

    @Test
    void theSameDamageWithoutARebootIsNotForgiven() throws Exception {
        losePower(false);
        assertDamagedAt(2150);
    }

    @Test
    void damageToWhatWasSyncedIsNotForgivenAfterAPowerFailure() throws Exception {
        losePower(true);
        write(offsetOf(2050) + 2, new byte[] {'x'});
        assertDamagedAt(2050);
    }
}

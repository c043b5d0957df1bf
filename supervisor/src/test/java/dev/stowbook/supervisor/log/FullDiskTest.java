package dev.stowbook.supervisor.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.log.chronicle.ChronicleEventLog;
import dev.stowbook.supervisor.log.file.FileEventLog;
import dev.stowbook.supervisor.log.snapshot.Recovery;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** On a disk that is really full an append ends in a clear error, and nothing that was acknowledged is lost. */
@RequiresRoot
class FullDiskTest {
    private static final long BALLAST_BYTES = 8 << 20;

    @TempDir
    Path directory;

    /** Makes a small file system. */
    @FunctionalInterface
    interface DiskKind {
        SmallDisk make(Path base, int mebibytes) throws IOException;
    }

    static Stream<Arguments> kinds() {
        return Stream.of(
                Arguments.of("queue on tmpfs", (DiskKind) SmallDisk::tmpfs, (Recovery.Opener) ChronicleEventLog::open),
                Arguments.of("queue on ext4", (DiskKind) SmallDisk::ext4, (Recovery.Opener) ChronicleEventLog::open),
                Arguments.of("files on tmpfs", (DiskKind) SmallDisk::tmpfs, (Recovery.Opener) FileEventLog::open),
                Arguments.of("files on ext4", (DiskKind) SmallDisk::ext4, (Recovery.Opener) FileEventLog::open));
    }

    private static EntryDraft draft(long sequence) {
        byte[] data = new byte[2000];
        Arrays.fill(data, (byte) ('a' + sequence % 26));
        EntryDraft small = Drafts.draft(sequence, 1);
        return new EntryDraft(sequence, small.time(), small.cause(), small.actor(), List.of(new EventRecord("Noted", 1, data)));
    }

    private static LogException fill(FramedLog log) {
        return assertThrows(LogException.class, () -> {
            while (true) {
                log.append(draft(log.lastSequence() + 1));
                if (log.lastSequence() % 100 == 0) {
                    log.sync();
                }
            }
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void withoutAReserveTheLastByteIsUsedAndTheErrorIsClear(String name, DiskKind kind, Recovery.Opener opener) throws Exception {
        try (SmallDisk disk = kind.make(directory, 32)) {
            Path ballast = disk.ballast(BALLAST_BYTES);
            LogOptions options = LogOptions.in(disk.directory()).withReserveBytes(0);
            long acknowledged;
            try (FramedLog log = opener.open(options)) {
                LogException e = fill(log);
                assertEquals(LogException.Code.DISK_FULL, e.code(), e.getMessage());
                assertTrue(e.getMessage().contains(disk.directory().toString()), e.getMessage());
                acknowledged = log.sync();
                assertEquals(acknowledged, log.lastSequence());
                assertEquals(acknowledged, LogVerifier.verify(log).events());
                assertTrue(acknowledged > 3000, "most of the disk was used: " + acknowledged);
                assertEquals(LogException.Code.DISK_FULL, fill(log).code(), "it stays full");
            }
            try (FramedLog log = opener.open(options)) {
                assertEquals(acknowledged, log.lastSequence(), "it opens on a full disk, with everything");
                Files.delete(ballast);
                for (int i = 0; i < 1000; i++) {
                    log.append(draft(log.lastSequence() + 1));
                }
                log.sync();
                assertTrue(LogVerifier.verify(log).good());
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void theReserveIsLeftToOthers(String name, DiskKind kind, Recovery.Opener opener) throws Exception {
        try (SmallDisk disk = kind.make(directory, 32)) {
            try (FramedLog log = opener.open(LogOptions.in(disk.directory()).withReserveBytes(10 << 20))) {
                LogException e = fill(log);
                assertEquals(LogException.Code.DISK_FULL, e.code(), e.getMessage());
                assertTrue(e.getMessage().contains("reserve is " + (10 << 20)), e.getMessage());
                assertTrue(disk.usableBytes() > 5 << 20, "left: " + disk.usableBytes());
                assertTrue(LogVerifier.verify(log).good());
            }
        }
    }

    @Test
    void aBookThatCannotBeBegunForWantOfRoomSaysSo() throws Exception {
        try (SmallDisk disk = SmallDisk.tmpfs(directory, 1)) {
            disk.ballast((1 << 20) - 65536);
            try (FramedLog log = ChronicleEventLog.open(LogOptions.in(disk.directory()).withReserveBytes(0))) {
                LogException e = assertThrows(LogException.class, () -> log.append(draft(1)));
                assertEquals(LogException.Code.DISK_FULL, e.code(), e.getMessage());
            }
        }
    }
}

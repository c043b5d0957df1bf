package dev.stowbook.supervisor.log.chronicle;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.log.Drafts;
import dev.stowbook.supervisor.log.FramedLog;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogOptions;
import dev.stowbook.supervisor.log.RepairContract;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChronicleDamageTest extends RepairContract {
    @Override
    protected FramedLog open(LogOptions options) throws LogException {
        return ChronicleEventLog.open(options);
    }

    @Override
    protected FramedLog.StoreOpener store() {
        return ChronicleEventLog.store();
    }

    @Override
    protected Path dataFile() throws IOException {
        try (var files = Files.list(directory.resolve("book"))) {
            return files.filter(file -> file.toString().endsWith(".cq4")).sorted().reduce((a, b) -> b).orElseThrow();
        }
    }

    private void truncate(long size) throws IOException {
        try (FileChannel channel = FileChannel.open(dataFile(), StandardOpenOption.WRITE)) {
            channel.truncate(size);
        }
    }

    @Test
    void aTruncatedFileIsFound() throws IOException {
        truncate(offsetOf(1000));
        assertDamagedAt(1000);
    }

    @Test
    void aZeroedTailIsFound() throws IOException {
        long from = offsetOf(1000);
        write(from, new byte[(int) (Files.size(dataFile()) - from)]);
        assertDamagedAt(1000);
    }

    @Test
    void aZeroedLastEntryIsFound() throws IOException {
        long from = offsetOf(2000) - 200;
        write(from, new byte[1000]);
        LogException e = assertThrows(LogException.class, () -> open().close());
        assertEquals(LogException.Code.DAMAGED, e.code(), e.getMessage());
    }

    /** A reader of the queue stops at such a place in silence. The mark of what was synced, which knows better, is taken away. */
    @ParameterizedTest
    @ValueSource(ints = {1000, 1999, 2000})
    void aFileThatEndsCleanlyForAReaderAndNotForTheWriterIsFound(int sequence) throws IOException {
        byte[] whole = Files.readAllBytes(dataFile());
        int record = frameOf(sequence) - 4;
        Files.delete(directory.resolve("synced"));

        write(record, new byte[4]);
        assertDamagedAt(sequence);

        write(record, new byte[whole.length - record]);
        assertDamagedAt(sequence);

        Files.write(dataFile(), whole);
        truncate(record);
        assertDamagedAt(sequence);

        Files.write(dataFile(), whole);
        assertDoesNotThrow(() -> open().close());
    }

    @Test
    void aWriterThatWasKilledBeforeItNotedItsPositionLosesNothing() throws IOException, LogException {
        ByteBuffer header = ByteBuffer.wrap(Files.readAllBytes(dataFile()), 0, 4096).order(ByteOrder.LITTLE_ENDIAN);
        int noted = 0;
        while (header.getLong(noted) != frameOf(2000) - 4) {
            noted += 8;
        }
        long expected = 2000;
        for (int behind : new int[] {1, 2, 300}) {
            ByteBuffer position = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, frameOf(2000 - behind) - 4);
            write(noted, position.array());
            try (FramedLog log = open()) {
                assertEquals(expected, log.lastSequence(), "noted " + behind + " records behind");
                for (int i = 0; i < 5; i++) {
                    log.append(Drafts.draft(log.lastSequence() + 1, 1));
                }
                expected = log.lastSequence();
                assertEquals(log.lastSequence(), Drafts.read(log, 1).size());
            }
        }
    }

    @Test
    void aDamagedFileHeaderIsFound() throws IOException {
        write(8, new byte[64]);
        LogException e = assertThrows(LogException.class, () -> open().close());
        assertEquals(LogException.Code.DAMAGED, e.code(), e.getMessage());
        assertTrue(e.getMessage().contains(directory.toString()), e.getMessage());
    }

    @Test
    void queueMetadataThatIsZeroedOrGoneLosesNothing() throws IOException, LogException {
        Path metadata = directory.resolve("book/metadata.cq4t");
        Files.write(metadata, new byte[(int) Files.size(metadata)]);
        try (FramedLog log = open()) {
            assertEquals(2000, Drafts.read(log, 1).size());
            log.append(Drafts.draft(2001, 1));
        }
        Files.delete(metadata);
        try (FramedLog log = open()) {
            assertEquals(2001, Drafts.read(log, 1).size());
            log.append(Drafts.draft(2002, 1));
        }
        try (FramedLog log = open()) {
            assertEquals(2002, Drafts.read(log, 1).size());
        }
    }
}

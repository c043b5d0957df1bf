package dev.stowbook.supervisor.log.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.log.Drafts;
import dev.stowbook.supervisor.log.FramedLog;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogOptions;
import dev.stowbook.supervisor.log.RepairContract;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FileDamageTest extends RepairContract {
    @Override
    protected FramedLog open(LogOptions options) throws LogException {
        return FileEventLog.open(options);
    }

    @Override
    protected FramedLog.StoreOpener store() {
        return FileEventLog.store();
    }

    @Override
    protected Path dataFile() {
        return directory.resolve("book/segment-0000000001.frames");
    }

    @Test
    void aWriteThatWasCutOffIsMovedAsideAndTheLogGoesOn() throws IOException, LogException {
        byte[] beginning = Arrays.copyOf(Files.readAllBytes(dataFile()), 60);
        Files.write(dataFile(), beginning, StandardOpenOption.APPEND);
        try (FramedLog log = open()) {
            assertEquals(2000, log.lastSequence());
            log.append(Drafts.draft(2001, 1));
        }
        try (FramedLog log = open()) {
            assertEquals(2001, Drafts.read(log, 1).size());
        }
        try (var files = Files.list(directory.resolve("book"))) {
            assertTrue(files.anyMatch(file -> file.getFileName().toString().startsWith("torn-")));
        }
    }

    @Test
    void aTailThatWasSyncedAndIsGoneIsFoundThoughTheFileEndsCleanly() throws IOException {
        try (FileChannel channel = FileChannel.open(dataFile(), StandardOpenOption.WRITE)) {
            channel.truncate(Files.size(dataFile()) - 20);
        }
        LogException e = assertThrows(LogException.class, () -> open().close());
        assertEquals(LogException.Code.DAMAGED, e.code());
        assertTrue(e.getMessage().contains("event 2000 has been on the disk"), e.getMessage());
    }

    @Test
    void aMissingSegmentIsFound() throws IOException, LogException {
        Path other = directory.resolve("small");
        LogOptions options = LogOptions.in(other).withReserveBytes(0);
        try (FramedLog log = FileEventLog.open(options, 16 << 10)) {
            Drafts.append(log, 500);
        }
        Files.delete(other.resolve("book/segment-0000000002.frames"));
        LogException e = assertThrows(
                LogException.class, () -> FileEventLog.open(options, 16 << 10).close());
        assertEquals(LogException.Code.DAMAGED, e.code());
    }
}

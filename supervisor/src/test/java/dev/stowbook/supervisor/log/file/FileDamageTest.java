package dev.stowbook.supervisor.log.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.log.DamageContract;
import dev.stowbook.supervisor.log.Drafts;
import dev.stowbook.supervisor.log.FramedLog;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogOptions;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;

class FileDamageTest extends DamageContract {
    @Override
    protected FramedLog open(LogOptions options) throws LogException {
        return FileEventLog.open(options);
    }

    @Override
    protected Path dataFile() {
        return directory.resolve("segment-0000000001.frames");
    }

    @Test
    void aWriteThatWasCutOffIsMovedAsideAndTheLogGoesOn() throws IOException, LogException {
        long size = Files.size(dataFile());
        try (FileChannel channel = FileChannel.open(dataFile(), StandardOpenOption.WRITE)) {
            channel.truncate(size - 20);
        }
        try (FramedLog log = open()) {
            assertEquals(1999, log.lastSequence());
            log.append(Drafts.draft(2000, 1));
        }
        try (FramedLog log = open()) {
            assertEquals(2000, Drafts.read(log, 1).size());
        }
        try (var files = Files.list(directory)) {
            assertTrue(files.anyMatch(file -> file.getFileName().toString().startsWith("torn-")));
        }
    }

    @Test
    void aMissingSegmentIsFound() throws IOException, LogException {
        Path other = directory.resolve("small");
        LogOptions options = LogOptions.in(other).withReserveBytes(0);
        try (FramedLog log = FileEventLog.open(options, 16 << 10)) {
            Drafts.append(log, 500);
        }
        Files.delete(other.resolve("segment-0000000002.frames"));
        LogException e = org.junit.jupiter.api.Assertions.assertThrows(
                LogException.class, () -> FileEventLog.open(options, 16 << 10).close());
        assertEquals(LogException.Code.DAMAGED, e.code());
    }
}

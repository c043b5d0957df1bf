package dev.stowbook.supervisor.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every log must do about damaged files: refuse to append behind damage and say where it is. */
public abstract class DamageContract {
    private static final int ENTRIES = 2000;

    @TempDir
    protected Path directory;

    protected abstract FramedLog open(LogOptions options) throws LogException;

    /** The file that holds event {@code ENTRIES}. */
    protected abstract Path dataFile() throws IOException;

    @BeforeEach
    void fill() throws LogException {
        try (FramedLog log = open()) {
            for (int i = 1; i <= ENTRIES; i++) {
                log.append(Drafts.draft(i, 1));
            }
        }
    }

    protected FramedLog open() throws LogException {
        return open(LogOptions.in(directory).withReserveBytes(0));
    }

    /** Where an event's data stands in the file. */
    protected long offsetOf(long sequence) throws IOException {
        byte[] wanted = Drafts.data(sequence);
        byte[] bytes = Files.readAllBytes(dataFile());
        outer:
        for (int at = 0; at < bytes.length - wanted.length; at++) {
            for (int i = 0; i < wanted.length; i++) {
                if (bytes[at + i] != wanted[i]) {
                    continue outer;
                }
            }
            return at;
        }
        throw new AssertionError("event " + sequence + " is not in " + dataFile());
    }

    /** Where the frame of an event begins. */
    protected int frameOf(long sequence) throws IOException {
        byte[] bytes = Files.readAllBytes(dataFile());
        int at = (int) offsetOf(sequence);
        while (ByteBuffer.wrap(bytes).getInt(at) != EntryFrame.MAGIC) {
            at--;
        }
        return at;
    }

    protected void write(long offset, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(dataFile(), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), offset);
        }
    }

    protected void assertDamagedAt(long sequence) {
        LogException e = assertThrows(LogException.class, () -> open().close());
        assertEquals(LogException.Code.DAMAGED, e.code(), e.getMessage());
        assertTrue(e.getMessage().contains("where event " + sequence + " should be"), e.getMessage());
        assertTrue(e.getMessage().contains(directory.toString()), e.getMessage());
        assertTrue(e.getMessage().contains("truncate --at " + (sequence - 1)), e.getMessage());
    }

    @Test
    void aFlippedByteOfAPayloadIsFound() throws IOException {
        long at = offsetOf(1000);
        byte[] old = Files.readAllBytes(dataFile());
        write(at + 2, new byte[] {(byte) (old[(int) at + 2] ^ 1)});
        assertDamagedAt(1000);
    }

    @Test
    void aFlippedBitOfALengthIsFound() throws IOException, LogException {
        byte[] bytes = Files.readAllBytes(dataFile());
        int magic = frameOf(1000);
        for (int at = magic - 4; at < magic; at++) {
            write(at, new byte[] {(byte) (bytes[at] ^ 4)});
            assertDamagedAt(1000);
            write(at, new byte[] {bytes[at]});
        }
        open().close();
    }

    @Test
    void aZeroedPageIsFound() throws IOException {
        long page = offsetOf(1000) & -4096;
        String before = new String(Files.readAllBytes(dataFile()), StandardCharsets.ISO_8859_1);
        write(page, new byte[4096]);
        LogException e = assertThrows(LogException.class, () -> open().close());
        assertEquals(LogException.Code.DAMAGED, e.code(), e.getMessage());
        assertFalse(before.isEmpty());
    }

    @Test
    void everySingleFlippedBitInAnEntryIsFound() throws IOException {
        Random random = new Random(20261121);
        long from = offsetOf(1000);
        byte[] bytes = Files.readAllBytes(dataFile());
        int length = (int) (offsetOf(1001) - from);
        int rounds = System.getProperty("stowbook.tests", "reduced").equals("all") ? 8 * length : 40;
        for (int i = 0; i < rounds; i++) {
            int bit = rounds == 40 ? random.nextInt(8 * length) : i;
            int at = (int) from + bit / 8;
            write(at, new byte[] {(byte) (bytes[at] ^ 1 << bit % 8)});
            try {
                LogException e = assertThrows(LogException.class, () -> open().close(), "bit " + bit);
                assertEquals(LogException.Code.DAMAGED, e.code(), e.getMessage());
            } catch (AssertionError e) {
                // Padding between frames carries nothing; then nothing may be lost either.
                assertEquals(ENTRIES, events(), "seed 20261121, bit " + bit + " at offset " + at);
            }
            write(at, new byte[] {bytes[at]});
        }
        assertEquals(ENTRIES, events());
    }

    private long events() {
        try (FramedLog log = open()) {
            return LogVerifier.verify(log).events();
        } catch (LogException e) {
            return -1;
        }
    }

    @Test
    void damageBehindTheVerifiedEntryIsFoundByVerify() throws Exception {
        LogHead head;
        try (FramedLog log = open()) {
            head = log.head();
        }
        write(offsetOf(1000) + 2, new byte[] {'x'});
        try (FramedLog log = open(LogOptions.in(directory).withReserveBytes(0).withVerified(java.util.Optional.of(head)))) {
            LogReport report = LogVerifier.verify(log);
            assertFalse(report.good());
            assertEquals(999, report.events());
            assertEquals(999, report.head().sequence());
            assertTrue(report.problem().orElseThrow().contains("where event 1000 should be"), report.problem().orElseThrow());
            LogException e = assertThrows(LogException.class, () -> Drafts.read(log, 900));
            assertEquals(LogException.Code.DAMAGED, e.code());
        }
    }
}

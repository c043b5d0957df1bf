package dev.stowbook.supervisor.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every log must do. */
public abstract class EventLogContract {
    @TempDir
    protected Path directory;

    /** Opens the implementation under test. */
    protected abstract FramedLog open(LogOptions options) throws LogException;

    /** Options with no reserve, so that a small disk does not fail tests of other things. */
    protected LogOptions options() {
        return LogOptions.in(directory).withReserveBytes(0);
    }

    protected FramedLog open() throws LogException {
        return open(options());
    }

    @Test
    void anEmptyLogStandsAtZeroAndReadsNothing() throws LogException {
        try (FramedLog log = open()) {
            assertEquals(0, log.lastSequence());
            assertEquals(0, log.durableSequence());
            assertEquals(0, log.sync());
            assertTrue(Drafts.read(log, 1).isEmpty());
        }
        try (FramedLog log = open()) {
            assertEquals(0, log.lastSequence());
        }
    }

    @Test
    void whatIsAppendedIsReadBackWhole() throws LogException {
        EntryDraft draft = Drafts.draft(1, 3);
        try (FramedLog log = open()) {
            log.append(draft);
            assertEquals(3, log.lastSequence());
            Entry entry = Drafts.read(log, 1).getFirst();
            assertEquals(1, entry.firstSequence());
            assertEquals(3, entry.lastSequence());
            assertEquals(draft.time(), entry.time());
            assertEquals(draft.cause(), entry.cause());
            assertEquals(draft.actor(), entry.actor());
            assertEquals(List.of("Noted", "Noted", "Noted"), entry.events().stream().map(EventRecord::type).toList());
            assertArrayEquals(Drafts.data(2), entry.events().get(1).data());
            assertArrayEquals(new byte[32], entry.previousHash());
            assertArrayEquals(log.head().hash(), entry.hash());
        }
    }

    @Test
    void entriesFormAGaplessChainAcrossReopenings() throws LogException {
        for (int run = 0; run < 3; run++) {
            try (FramedLog log = open()) {
                assertEquals(log.lastSequence(), log.durableSequence(), "what was there at opening is durable");
                Drafts.append(log, 200);
            }
        }
        try (FramedLog log = open()) {
            List<Entry> entries = Drafts.read(log, 1);
            assertEquals(600, entries.size());
            byte[] previous = new byte[32];
            long next = 1;
            for (Entry entry : entries) {
                assertEquals(next, entry.firstSequence());
                assertArrayEquals(previous, entry.previousHash());
                assertArrayEquals(Drafts.data(entry.lastSequence()), entry.events().getLast().data());
                next = entry.lastSequence() + 1;
                previous = entry.hash();
            }
            assertEquals(log.lastSequence() + 1, next);
            assertArrayEquals(log.head().hash(), previous);
        }
    }

    @Test
    void theHashIsTheSha256OfTheFrameSoThatAnybodyCanCheckIt() throws Exception {
        EntryDraft draft = Drafts.draft(1, 2);
        byte[] frame = EntryFrame.encode(draft, new byte[32], new FrameBuffer());
        try (FramedLog log = open()) {
            log.append(draft);
            assertArrayEquals(MessageDigest.getInstance("SHA-256").digest(frame), log.head().hash());
        }
    }

    @Test
    void aReaderBeginsWithTheEntryThatHoldsThePosition() throws LogException {
        try (FramedLog log = open()) {
            Drafts.append(log, 3000);
            List<Entry> all = Drafts.read(log, 1);
            for (Entry expected : List.of(all.get(0), all.get(1), all.get(1500), all.get(2999))) {
                for (long from = expected.firstSequence(); from <= expected.lastSequence(); from++) {
                    assertArrayEquals(expected.hash(), Drafts.read(log, from).getFirst().hash(), "from " + from);
                }
            }
            assertTrue(Drafts.read(log, log.lastSequence() + 1).isEmpty());
            assertEquals(3000, Drafts.read(log, 0).size());
        }
    }

    @Test
    void aReaderAheadOfTheEndWaitsForItsPosition() throws LogException {
        try (FramedLog log = open()) {
            Drafts.append(log, 10);
            long from = log.lastSequence() + 3;
            try (EntryReader reader = log.read(from)) {
                assertTrue(reader.next().isEmpty());
                Drafts.append(log, 10);
                Entry entry = reader.next().orElseThrow();
                assertTrue(entry.firstSequence() <= from && from <= entry.lastSequence());
            }
        }
    }

    @Test
    void readersFollowTheWriterWhileItAppends() throws Exception {
        int entries = 5000;
        try (FramedLog log = open()) {
            AtomicBoolean done = new AtomicBoolean();
            List<CompletableFuture<Long>> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                readers.add(CompletableFuture.supplyAsync(() -> follow(log, done), work -> Thread.ofPlatform().start(work)));
            }
            for (int i = 0; i < entries; i++) {
                Drafts.append(log, 1);
                if (i % 100 == 0) {
                    log.sync();
                }
            }
            done.set(true);
            for (CompletableFuture<Long> reader : readers) {
                assertEquals(log.lastSequence(), reader.get(60, TimeUnit.SECONDS));
            }
        }
    }

    private static long follow(EventLog log, AtomicBoolean done) {
        long last = 0;
        try (EntryReader reader = log.read(1)) {
            while (true) {
                boolean ended = done.get();
                Optional<Entry> entry = reader.next();
                if (entry.isPresent()) {
                    assertEquals(last + 1, entry.get().firstSequence());
                    last = entry.get().lastSequence();
                } else if (ended) {
                    return last;
                } else {
                    Thread.sleep(1);
                }
            }
        } catch (LogException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void syncMovesTheDurablePositionAndAppendDoesNot() throws LogException {
        try (FramedLog log = open()) {
            Drafts.append(log, 10);
            assertEquals(0, log.durableSequence());
            assertEquals(log.lastSequence(), log.sync());
            assertEquals(log.lastSequence(), log.durableSequence());
            Drafts.append(log, 1);
            assertTrue(log.durableSequence() < log.lastSequence());
        }
    }

    @Test
    void aDraftThatDoesNotFollowIsRefusedAndNothingIsWritten() throws LogException {
        try (FramedLog log = open()) {
            Drafts.append(log, 2);
            LogHead head = log.head();
            assertThrows(IllegalArgumentException.class, () -> log.append(Drafts.draft(head.sequence(), 1)));
            assertThrows(IllegalArgumentException.class, () -> log.append(Drafts.draft(head.sequence() + 2, 1)));
            assertThrows(IllegalArgumentException.class, () -> log.append(Drafts.draft(head.sequence() + 1, 0)));
            EntryDraft next = Drafts.draft(head.sequence() + 1, 1);
            EntryDraft old = new EntryDraft(next.firstSequence(), Instant.EPOCH, next.cause(), next.actor(), next.events());
            assertThrows(IllegalArgumentException.class, () -> log.append(old));
            assertEquals(head, log.head());
            log.append(next);
            assertEquals(3, Drafts.read(log, 1).size());
        }
    }

    @Test
    void entriesUpToTheLimitAreTakenAndLongerOnesRefused() throws LogException {
        try (FramedLog log = open()) {
            EntryDraft draft = Drafts.draft(1, 1);
            int overhead = EntryFrame.encode(draft, new byte[32], new FrameBuffer()).length - draft.events().getFirst().data().length;
            byte[] data = new byte[EntryFrame.MAX_BYTES - overhead];
            for (int i = 0; i < 20; i++) {
                log.append(with(Drafts.draft(i + 1, 1), data));
            }
            assertThrows(IllegalArgumentException.class, () -> log.append(with(Drafts.draft(21, 1), new byte[data.length + 1])));
            log.sync();
        }
        try (FramedLog log = open()) {
            assertEquals(20, Drafts.read(log, 1).size());
        }
    }

    private static EntryDraft with(EntryDraft draft, byte[] data) {
        return new EntryDraft(
                draft.firstSequence(), draft.time(), draft.cause(), draft.actor(), List.of(new EventRecord("Noted", 1, data)));
    }

    @Test
    void aSecondOpeningIsRefusedWithTheHoldersPid() throws LogException {
        try (FramedLog log = open()) {
            Drafts.append(log, 1);
            LogException e = assertThrows(LogException.class, this::open);
            assertEquals(LogException.Code.LOCKED, e.code());
            assertTrue(e.getMessage().contains("process " + ProcessHandle.current().pid()), e.getMessage());
            Drafts.append(log, 1);
        }
        open().close();
    }

    @Test
    void anAppendThatWouldLeaveLessThanTheReserveIsRefusedBeforeAnythingIsWritten() throws LogException {
        try (FramedLog log = open()) {
            Drafts.append(log, 5);
        }
        try (FramedLog log = open(options().withReserveBytes(Long.MAX_VALUE / 2))) {
            long last = log.lastSequence();
            LogException e = assertThrows(LogException.class, () -> Drafts.append(log, 1));
            assertEquals(LogException.Code.DISK_FULL, e.code());
            assertTrue(e.getMessage().contains(directory.toString()), e.getMessage());
            assertEquals(last, log.lastSequence());
            assertEquals(5, Drafts.read(log, 1).size());
        }
        try (FramedLog log = open()) {
            Drafts.append(log, 1);
            assertEquals(6, Drafts.read(log, 1).size());
        }
    }

    @Test
    void openingFromAVerifiedEntryFindsTheSameEndAndReadsFromTheStart() throws LogException {
        LogHead middle;
        LogHead end;
        try (FramedLog log = open()) {
            Drafts.append(log, 1000);
            middle = log.head();
            Drafts.append(log, 1000);
            end = log.head();
        }
        try (FramedLog log = open(options().withVerified(Optional.of(middle)))) {
            assertEquals(end.sequence(), log.head().sequence());
            assertArrayEquals(end.hash(), log.head().hash());
            assertEquals(2000, Drafts.read(log, 1).size());
            long from = middle.sequence() / 2;
            assertTrue(Drafts.read(log, from).getFirst().lastSequence() >= from);
            Drafts.append(log, 1);
            assertTrue(LogVerifier.verify(log).good());
        }
    }

    @Test
    void aVerifiedEntryThatIsNotInTheLogIsIgnored() throws LogException {
        try (FramedLog log = open()) {
            Drafts.append(log, 100);
        }
        LogHead stranger = new LogHead(50, Instant.EPOCH, new byte[32], 17);
        LogHead beyond = new LogHead(1_000_000, Instant.EPOCH, new byte[32], Long.MAX_VALUE / 2);
        for (LogHead head : List.of(stranger, beyond)) {
            try (FramedLog log = open(options().withVerified(Optional.of(head)))) {
                assertEquals(100, Drafts.read(log, 1).size());
            }
        }
    }

    @Test
    void verifyCountsWhatIsThere() throws LogException {
        try (FramedLog log = open()) {
            Drafts.append(log, 100);
            LogReport report = LogVerifier.verify(log);
            assertTrue(report.good());
            assertEquals(100, report.entries());
            assertEquals(log.lastSequence(), report.events());
            assertArrayEquals(log.head().hash(), report.head().hash());
            assertFalse(report.head().hashHex().isEmpty());
        }
    }
}

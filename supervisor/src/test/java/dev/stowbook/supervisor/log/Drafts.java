package dev.stowbook.supervisor.log;

import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.Cause;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes drafts and reads logs in tests. */
public final class Drafts {
    private static final Instant START = Instant.parse("2026-11-21T10:00:00.123456789Z");

    private Drafts() {}

    /** A draft whose events carry their sequences as data. */
    public static EntryDraft draft(long firstSequence, int events) {
        List<EventRecord> records = new ArrayList<>();
        for (int i = 0; i < events; i++) {
            records.add(new EventRecord("Noted", 1, data(firstSequence + i)));
        }
        return new EntryDraft(
                firstSequence, START.plusMillis(firstSequence), new Cause("Note", firstSequence - 1, "00000000000000aa"),
                firstSequence % 2 == 0 ? Actor.daemon("loop") : Actor.user("cli", 1000, 4711), records);
    }

    /** The data of an event. */
    public static byte[] data(long sequence) {
        return ("{\"n\":" + sequence + "}").getBytes(StandardCharsets.UTF_8);
    }

    /** Appends so many entries of one to three events. */
    public static void append(EventLog log, int entries) throws LogException {
        for (int i = 0; i < entries; i++) {
            long next = log.lastSequence() + 1;
            log.append(draft(next, (int) (next % 3) + 1));
        }
    }

    /** All entries from a sequence on. */
    public static List<Entry> read(EventLog log, long from) throws LogException {
        List<Entry> entries = new ArrayList<>();
        try (EntryReader reader = log.read(from)) {
            for (Optional<Entry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                entries.add(entry.get());
            }
        }
        return entries;
    }
}

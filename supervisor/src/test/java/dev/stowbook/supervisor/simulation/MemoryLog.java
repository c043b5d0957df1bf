package dev.stowbook.supervisor.simulation;

import dev.stowbook.supervisor.log.Entry;
import dev.stowbook.supervisor.log.EntryDraft;
import dev.stowbook.supervisor.log.EntryReader;
import dev.stowbook.supervisor.log.EventLog;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A log in memory that knows what a power failure takes away. */
public final class MemoryLog implements EventLog {
    private final List<Entry> entries = new ArrayList<>();
    private long durable;
    private boolean full;

    @Override
    public long lastSequence() {
        return entries.isEmpty() ? 0 : entries.getLast().lastSequence();
    }

    @Override
    public LogHead head() {
        return entries.isEmpty()
                ? LogHead.EMPTY
                : new LogHead(lastSequence(), entries.getLast().time(), new byte[32], entries.size());
    }

    @Override
    public long durableSequence() {
        return durable;
    }

    @Override
    public void append(EntryDraft draft) throws LogException {
        if (full) {
            throw new LogException(LogException.Code.DISK_FULL, "the disk is full");
        }
        if (draft.firstSequence() != lastSequence() + 1) {
            throw new IllegalArgumentException("gap at " + draft.firstSequence());
        }
        if (!entries.isEmpty() && draft.time().isBefore(entries.getLast().time())) {
            throw new IllegalArgumentException("time runs backwards at " + draft.firstSequence());
        }
        entries.add(new Entry(
                draft.firstSequence(), draft.time(), draft.cause(), draft.actor(), draft.events(), new byte[32],
                new byte[32]));
    }

    @Override
    public long sync() {
        durable = lastSequence();
        return durable;
    }

    /** Whether appending is refused for want of room. */
    public void full(boolean value) {
        full = value;
    }

    /** What was not synced is gone. */
    public void losePower() {
        entries.removeIf(entry -> entry.lastSequence() > durable);
    }

    /** All entries. */
    public List<Entry> entries() {
        return entries;
    }

    @Override
    public EntryReader read(long fromSequence) {
        return new EntryReader() {
            private int index;

            @Override
            public Optional<Entry> next() throws LogException {
                while (index < entries.size() && entries.get(index).lastSequence() < fromSequence) {
                    index++;
                }
                return index < entries.size() ? Optional.of(entries.get(index++)) : Optional.empty();
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public void close() {}
}

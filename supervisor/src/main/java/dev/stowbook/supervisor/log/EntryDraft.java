package dev.stowbook.supervisor.log;

import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.Cause;
import java.time.Instant;
import java.util.List;

/**
 * One decision, encoded and about to be appended.
 *
 * @param firstSequence the sequence of its first event: the log's last sequence and one
 * @param time when it was decided; never before the entry before
 * @param cause what it came of
 * @param actor at whose word
 * @param events at least one
 */
public record EntryDraft(long firstSequence, Instant time, Cause cause, Actor actor, List<EventRecord> events) {
    public EntryDraft {
        events = List.copyOf(events);
    }

    /** The sequence of its last event. */
    public long lastSequence() {
        return firstSequence + events.size() - 1;
    }
}

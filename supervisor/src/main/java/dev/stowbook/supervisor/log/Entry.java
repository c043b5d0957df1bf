package dev.stowbook.supervisor.log;

import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.Cause;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/**
 * One entry of the log: a decision, atomic, all its events or none.
 *
 * @param firstSequence the sequence of its first event
 * @param time when it was decided
 * @param cause what it came of
 * @param actor at whose word
 * @param events its events
 * @param previousHash SHA-256 of the entry before, 32 bytes; zeros for the first
 * @param hash SHA-256 of this entry, previousHash included
 */
public record Entry(
        long firstSequence,
        Instant time,
        Cause cause,
        Actor actor,
        List<EventRecord> events,
        byte[] previousHash,
        byte[] hash) {
    public Entry {
        events = List.copyOf(events);
    }

    /** The sequence of its last event; state exists at these positions only. */
    public long lastSequence() {
        return firstSequence + events.size() - 1;
    }

    /** The hash in hex, as {@code verify} prints it. */
    public String hashHex() {
        return HexFormat.of().formatHex(hash);
    }
}

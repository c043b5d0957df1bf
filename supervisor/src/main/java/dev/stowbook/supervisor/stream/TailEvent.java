package dev.stowbook.supervisor.stream;

import dev.stowbook.supervisor.log.Entry;
import dev.stowbook.supervisor.log.EventRecord;

/**
 * An event as it lies in the book.
 *
 * @param sequence its sequence
 * @param entry the entry it is part of
 */
public record TailEvent(long sequence, Entry entry) {

    /** The event as stored. */
    public EventRecord record() {
        return entry.events().get((int) (sequence - entry.firstSequence()));
    }
}

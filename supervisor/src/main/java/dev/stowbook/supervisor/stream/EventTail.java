package dev.stowbook.supervisor.stream;

import dev.stowbook.supervisor.log.Entry;
import dev.stowbook.supervisor.log.EntryReader;
import dev.stowbook.supervisor.log.EventLog;
import dev.stowbook.supervisor.log.LogException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the book's events forward from any sequence, never beyond what is durable. Keeps a position and nothing else, so a reader may
 * be as slow as it likes. Blocks on the disk: one worker thread at a time.
 */
public final class EventTail implements AutoCloseable {
    private final EntryReader reader;
    private volatile long position;
    private @Nullable Entry held;

    /** @throws LogException GONE if retention has removed that position */
    public EventTail(EventLog log, long from) throws LogException {
        this.reader = log.read(from);
        this.position = Math.max(1, from);
    }

    /** The sequence of the next event. Any thread. */
    public long position() {
        return position;
    }

    /**
     * The next events.
     *
     * @param durable the last event that may be shown
     * @param enoughBytes no further event is read after that many bytes
     * @return none if all durable ones have been read
     */
    public List<TailEvent> read(long durable, int enoughBytes) throws LogException {
        List<TailEvent> events = new ArrayList<>();
        long bytes = 0;
        while (position <= durable && bytes < enoughBytes) {
            Entry entry = held != null ? held : reader.next().orElse(null);
            held = entry;
            if (entry == null || entry.lastSequence() > durable) {
                break;
            }
            while (position <= entry.lastSequence() && bytes < enoughBytes) {
                TailEvent event = new TailEvent(position, entry);
                bytes += event.record().data().length;
                events.add(event);
                position++;
            }
            if (position > entry.lastSequence()) {
                held = null;
            }
        }
        return events;
    }

    @Override
    public void close() {
        reader.close();
    }
}

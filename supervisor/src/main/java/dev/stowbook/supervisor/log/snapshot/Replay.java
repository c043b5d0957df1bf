package dev.stowbook.supervisor.log.snapshot;

import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.log.Entry;
import dev.stowbook.supervisor.log.EntryReader;
import dev.stowbook.supervisor.log.EventFormat;
import dev.stowbook.supervisor.log.EventLog;
import dev.stowbook.supervisor.log.EventRecord;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.state.Evolve;
import dev.stowbook.supervisor.state.State;
import java.util.Optional;

/** Applies what a log holds to a state. */
public final class Replay {
    private Replay() {}

    /** The state at the log's last event. @throws LogException DAMAGED if an event cannot be read */
    public static State run(EventLog log, EventFormat format, State from) throws LogException {
        return run(log, format, from, Long.MAX_VALUE);
    }

    /**
     * The state at a named event: at the end of the entry that holds it.
     *
     * @param upTo a sequence behind the state's; the log's last if it is greater
     */
    public static State run(EventLog log, EventFormat format, State from, long upTo) throws LogException {
        State state = from;
        try (EntryReader reader = log.read(from.sequence() + 1)) {
            while (state.sequence() < upTo) {
                Optional<Entry> entry = reader.next();
                if (entry.isEmpty()) {
                    break;
                }
                state = apply(state, entry.get(), format);
            }
        }
        return state;
    }

    private static State apply(State state, Entry entry, EventFormat format) throws LogException {
        State next = state;
        long sequence = entry.firstSequence();
        for (EventRecord stored : entry.events()) {
            Event event = format.decode(stored);
            next = Evolve.apply(next, new Recorded(sequence++, entry.time(), event));
        }
        return next;
    }
}

package dev.stowbook.supervisor.log.snapshot;

import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.log.Entry;
import dev.stowbook.supervisor.log.EntryReader;
import dev.stowbook.supervisor.log.EventFormat;
import dev.stowbook.supervisor.log.EventLog;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.state.Evolve;
import dev.stowbook.supervisor.state.State;
import java.util.List;
import java.util.Optional;

/** Applies what a log holds to a state. */
public final class Replay {
    /** From so many events on, they are read and decoded on threads of their own. */
    private static final long LONG = 5000;

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
        long end = Math.min(upTo, log.lastSequence());
        if (end <= from.sequence()) {
            return from;
        }
        try (EntryReader reader = log.read(from.sequence() + 1)) {
            return end - from.sequence() < LONG ? here(reader, format, from, end) : ahead(reader, format, from, end);
        }
    }

    private static State here(EntryReader reader, EventFormat format, State from, long end) throws LogException {
        State state = from;
        while (state.sequence() < end) {
            Optional<Entry> entry = reader.next();
            if (entry.isEmpty()) {
                throw new IllegalStateException("the log ends before event " + end + ", which it has");
            }
            state = apply(state, DecodedAhead.decode(List.of(entry.get()), format));
        }
        return state;
    }

    private static State ahead(EntryReader reader, EventFormat format, State from, long end) throws LogException {
        State state = from;
        try (DecodedAhead decoded = new DecodedAhead(reader, format, end)) {
            for (var events = decoded.next(); events.isPresent(); events = decoded.next()) {
                state = apply(state, events.get());
            }
        }
        return state;
    }

    private static State apply(State state, List<Recorded> events) {
        State next = state;
        for (Recorded event : events) {
            next = Evolve.apply(next, event);
        }
        return next;
    }
}

package dev.stowbook.supervisor.stream;

import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.log.Entry;
import dev.stowbook.supervisor.log.EntryReader;
import dev.stowbook.supervisor.log.EventFormat;
import dev.stowbook.supervisor.log.EventLog;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.state.Evolve;
import dev.stowbook.supervisor.state.State;
import java.time.Instant;
import java.util.Optional;

/** Brings back the state of any position by replaying the book up to it. Blocks: worker threads. */
public final class TimeTravel {
    private final EventLog log;
    private final EventFormat format;
    private final Snapshots snapshots;

    /**
     * A state of the past or present.
     *
     * @param state the state at the end of an entry
     * @param time that entry's time; the epoch before the first
     */
    public record Moment(State state, Instant time) {}

    public TimeTravel(EventLog log, EventFormat format, Snapshots snapshots) {
        this.log = log;
        this.format = format;
        this.snapshots = snapshots;
    }

    /**
     * The state at a position, rounded up to the end of an entry.
     *
     * @param durable the last event that may be shown
     * @throws IllegalArgumentException if the position lies behind that, with a sentence
     */
    public Moment at(Position position, long durable) throws LogException {
        return switch (position) {
            case Position.AtSequence(long sequence) -> {
                if (sequence > durable) {
                    throw new IllegalArgumentException(
                            "the book ends at event " + durable + ", so there is no state at " + sequence);
                }
                yield replay(snapshots.atOrBefore(sequence), sequence, Optional.empty(), durable);
            }
            case Position.AtTime(Instant time) -> replay(State.empty(), durable, Optional.of(time), durable);
        };
    }

    /** When the entry that ends with that event was decided. */
    public Instant timeOf(long sequence) throws LogException {
        if (sequence == 0) {
            return Instant.EPOCH;
        }
        try (EntryReader reader = log.read(sequence)) {
            return reader.next().map(Entry::time).orElse(Instant.EPOCH);
        }
    }

    private Moment replay(State from, long sequence, Optional<Instant> until, long durable) throws LogException {
        State state = from;
        Instant time = timeOf(from.sequence());
        try (EntryReader reader = log.read(from.sequence() + 1)) {
            while (state.sequence() < sequence) {
                Entry entry = reader.next().orElse(null);
                if (entry == null
                        || entry.lastSequence() > durable
                        || until.isPresent() && entry.time().isAfter(until.get())) {
                    break;
                }
                state = apply(state, entry);
                time = entry.time();
            }
        }
        return new Moment(state, time);
    }

    private State apply(State from, Entry entry) throws LogException {
        State state = from;
        for (int i = 0; i < entry.events().size(); i++) {
            state = Evolve.apply(
                    state,
                    new Recorded(entry.firstSequence() + i, entry.time(), format.decode(entry.events().get(i))));
        }
        return state;
    }
}

package dev.stowbook.supervisor.log.snapshot;

import dev.stowbook.supervisor.log.LogHead;
import dev.stowbook.supervisor.log.codec.JsonRecords;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Snapshots of {@link State}. One thread. */
public final class StateSnapshots {
    /** Whatever has a say in which state comes of a log's events: another state, of the same events, makes a snapshot wrong. */
    static final List<String> MAKES_STATE = Stream.of("log.codec", "event", "model", "state")
            .map(name -> "dev.stowbook.supervisor." + name)
            .toList();

    private static final JsonRecords<State> JSON = JsonRecords.of(State.class);

    /** A state and the entry it was taken at. */
    public record Taken(LogHead head, State state) {}

    private final SnapshotStore store;

    public StateSnapshots(Path directory) {
        this.store = new SnapshotStore(directory, CodeFingerprint.of(State.class, MAKES_STATE));
    }

    /**
     * Takes one.
     *
     * @param head the log's head when it had just appended the entry that led to the state, and that entry is durable
     * @throws IllegalArgumentException if the two do not belong together
     */
    public void write(LogHead head, State state) throws IOException {
        if (head.sequence() != state.sequence()) {
            throw new IllegalArgumentException(
                    "a state at event " + state.sequence() + " does not belong to an entry that ends with " + head.sequence());
        }
        store.write(head, JSON.write(state));
    }

    /** The newest one that this program can use. */
    public Optional<Taken> newest() throws IOException {
        Optional<SnapshotStore.Snapshot> snapshot = store.newest();
        if (snapshot.isEmpty()) {
            return Optional.empty();
        }
        State state = JSON.read(snapshot.get().content());
        LogHead head = snapshot.get().head();
        return head.sequence() == state.sequence() ? Optional.of(new Taken(head, state)) : Optional.empty();
    }
}

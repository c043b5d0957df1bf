package dev.stowbook.supervisor.log.snapshot;

import dev.stowbook.supervisor.log.LogHead;
import dev.stowbook.supervisor.log.codec.JsonRecords;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;

/** Snapshots of {@link State}. One thread. */
public final class StateSnapshots {
    /** To be raised when {@code Evolve} makes another state of the same events; a change of the records themselves is seen without. */
    private static final int EVOLVE_VERSION = 8;

    private static final JsonRecords<State> JSON = JsonRecords.of(State.class);

    /** A state and the entry it was taken at. */
    public record Taken(LogHead head, State state) {}

    private final SnapshotStore store;

    public StateSnapshots(Path directory) {
        this.store = new SnapshotStore(directory, fingerprint());
    }

    private static long fingerprint() {
        CRC32C crc = new CRC32C();
        crc.update(JSON.schema("state", "State").getBytes(StandardCharsets.UTF_8));
        return (long) EVOLVE_VERSION << 32 | crc.getValue();
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

package dev.stowbook.supervisor.stream;

import dev.stowbook.supervisor.state.State;

/** Where replay may begin. Worker threads. */
@FunctionalInterface
public interface Snapshots {

    /** The newest usable state at or before that event; {@link State#empty()} if there is none. */
    State atOrBefore(long sequence);

    /** No snapshots: replay begins at the first event. */
    static Snapshots none() {
        return sequence -> State.empty();
    }
}

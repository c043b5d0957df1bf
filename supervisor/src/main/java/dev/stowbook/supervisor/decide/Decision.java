package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.state.State;
import java.time.Instant;
import java.util.List;

/** What a command comes to. */
public sealed interface Decision {

    /**
     * It is granted.
     *
     * @param time when it was decided; the time of its entry
     * @param events what happened by it, one entry of the log; none if all was so already
     * @param state the state with them
     * @param answer what to tell whoever asked
     * @param await what must be true before they are told
     */
    record Accepted(Instant time, List<Event> events, State state, Answer answer, Await await) implements Decision {
        public Accepted {
            events = List.copyOf(events);
        }
    }

    /** It is refused, for a reason that can be shown to whoever asked. Nothing happened. */
    record Rejected(ErrorCode code, String message) implements Decision {}
}

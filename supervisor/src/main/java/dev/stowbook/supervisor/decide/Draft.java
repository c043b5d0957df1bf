package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.state.Evolve;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A decision being made: the events so far and the state with them. Lives in one call of {@link Decider#decide}. */
final class Draft {
    private final DecisionInputs inputs;
    private final DecisionSettings settings;
    private final Instant now;
    private final List<Event> events = new ArrayList<>();
    private State state;

    Draft(State state, DecisionInputs inputs, DecisionSettings settings) {
        this.state = state;
        this.inputs = inputs;
        this.settings = settings;
        this.now = inputs.now();
    }

    State state() {
        return state;
    }

    Instant now() {
        return now;
    }

    DecisionInputs inputs() {
        return inputs;
    }

    DecisionSettings settings() {
        return settings;
    }

    /** The sequence that the next event will have. */
    long nextSequence() {
        return state.sequence() + 1;
    }

    void emit(Event event) {
        state = Evolve.apply(state, new Recorded(nextSequence(), now, event));
        events.add(event);
    }

    Decision accepted(Answer answer, Await await) {
        return new Decision.Accepted(now, events, state, answer, await);
    }

    Decision accepted() {
        return accepted(new Answer.Done(), new Await.Entry());
    }

    /** Refuses the command: nothing of the draft stays. */
    static RuntimeException reject(ErrorCode code, String message) {
        return new Refusal(code, message);
    }

    static <T> T require(Lookup<T> lookup) {
        return switch (lookup) {
            case Lookup.Found<T>(T value) -> value;
            case Lookup.Missing<T>(String message) -> throw reject(ErrorCode.NOT_FOUND, message);
            case Lookup.Ambiguous<T>(String message) -> throw reject(ErrorCode.AMBIGUOUS, message);
        };
    }

    /** Unwinds to {@link Decider#decide}, which turns it into a value. */
    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final ErrorCode code;

        private Refusal(ErrorCode code, String message) {
            super(message, null, false, false);
            this.code = code;
        }

        Decision rejected() {
            return new Decision.Rejected(code, getMessage());
        }
    }
}

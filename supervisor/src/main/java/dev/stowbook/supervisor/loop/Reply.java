package dev.stowbook.supervisor.loop;

import dev.stowbook.supervisor.decide.Answer;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.state.State;

/** What whoever submitted a command is told, when everything it rests on is durable. */
public sealed interface Reply {

    /** It is done. {@code state} is the state at {@code sequence}. */
    record Granted(long sequence, State state, Answer answer) implements Reply {}

    /** It was refused, and nothing happened. */
    record Refused(ErrorCode code, String message) implements Reply {}
}

package dev.stowbook.supervisor.decide;

import java.time.Instant;

/** What a decision needs from outside. All that comes of it is stored in the events, so that replay reads it there. */
public interface DecisionInputs {

    /** The time of the decision; never before that of the one before. */
    Instant now();

    /** A new random id: 64 lower-case hex digits. */
    String newId();

    /** A random number from 0 to below 1, for spreading restarts. */
    double jitter();
}

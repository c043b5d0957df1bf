package dev.stowbook.supervisor.http.why;

import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.Cause;
import dev.stowbook.supervisor.event.Event;
import java.time.Instant;

/**
 * An event of the book that matters to a question.
 *
 * @param sequence its sequence
 * @param entry the last sequence of its entry: facts of one entry were decided together
 * @param time when it was decided
 * @param event the event
 * @param actor at whose word
 * @param cause what it came of
 */
record Fact(long sequence, long entry, Instant time, Event event, Actor actor, Cause cause) {}

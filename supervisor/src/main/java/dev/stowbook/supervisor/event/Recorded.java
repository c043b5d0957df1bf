package dev.stowbook.supervisor.event;

import java.time.Instant;

/**
 * An event with its place in the book.
 *
 * @param sequence its sequence, from 1, gapless
 * @param time when it was decided
 * @param event the event
 */
public record Recorded(long sequence, Instant time, Event event) {}

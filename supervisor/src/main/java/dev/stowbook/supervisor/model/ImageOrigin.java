package dev.stowbook.supervisor.model;

import java.time.Instant;

/**
 * How an image came.
 *
 * @param way {@code pull}, {@code load}, {@code import}, {@code commit}, {@code build}
 * @param registered when the book first had it
 */
public record ImageOrigin(String way, Instant registered) {}

package dev.stowbook.spi;

/**
 * The answer of {@code inspect}.
 *
 * @param presence what was found
 * @param detail one sentence: what is there, or what is missing
 */
public record Inspection(Presence presence, String detail) {}

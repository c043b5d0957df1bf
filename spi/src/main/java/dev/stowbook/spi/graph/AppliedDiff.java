package dev.stowbook.spi.graph;

/**
 * A read-only layer that was made.
 *
 * @param layerId the layer
 * @param sizeBytes the sum of the sizes of its regular files, hard links counted once
 * @param entries how many tar entries or files it was made of
 */
public record AppliedDiff(String layerId, long sizeBytes, long entries) {}

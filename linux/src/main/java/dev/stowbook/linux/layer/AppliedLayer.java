package dev.stowbook.linux.layer;

/**
 * What an applied tar amounted to.
 *
 * @param sizeBytes the sum of the sizes of its regular files, hard links counted once
 * @param entries how many members it had
 */
public record AppliedLayer(long sizeBytes, long entries) {}

package dev.stowbook.spi.graph;

/**
 * What a layer itself takes.
 *
 * @param bytes allocated on disk ({@code st_blocks} times 512), hard links counted once
 * @param inodes how many inodes
 */
public record Usage(long bytes, long inodes) {}

package dev.stowbook.spi.graph;

/**
 * One path that a layer changes, as {@code docker diff} shows it.
 *
 * @param path absolute within the root file system
 * @param kind what happened to it
 */
public record Change(String path, Kind kind) {

    /** Added, modified or deleted. */
    public enum Kind {
        ADDED,
        MODIFIED,
        DELETED
    }
}

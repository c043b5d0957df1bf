package dev.stowbook.spi.graph;

import dev.stowbook.spi.Presence;

/**
 * A layer that {@link GraphDriver#list} found.
 *
 * @param layerId its id
 * @param presence PRESENT, or PARTIAL for remains
 * @param writable whether it came from {@code prepare}
 */
public record LayerEntry(String layerId, Presence presence, boolean writable) {}

package dev.stowbook.spi.graph;

/**
 * A writable layer.
 *
 * @param layerId the layer
 * @param mount how the keeper mounts it
 */
public record PreparedLayer(String layerId, RootfsMount mount) {}

package dev.stowbook.spi.graph;

/**
 * One layer and the operation on it.
 *
 * @param layerId the layer: 1 to 64 characters of {@code [0-9a-f]}
 * @param operationId what the daemon calls this step, for messages and traces: {@code <sequence>/<step>}
 */
public record LayerTarget(String layerId, String operationId) {}

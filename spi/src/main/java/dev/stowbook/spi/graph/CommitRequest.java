package dev.stowbook.spi.graph;

/**
 * Asks for a read-only copy of a writable layer.
 *
 * @param layerId the writable layer
 * @param newLayerId the read-only layer to make
 * @param operationId the daemon's name for this step
 */
public record CommitRequest(String layerId, String newLayerId, String operationId) {}

package dev.stowbook.spi.graph;

import java.io.OutputStream;

/**
 * Asks for a layer's tar.
 *
 * @param layerId the layer
 * @param tar where it is written to; not closed
 * @param operationId the daemon's name for this step
 */
public record DiffRequest(String layerId, OutputStream tar, String operationId) {}

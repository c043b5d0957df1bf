package dev.stowbook.spi.graph;

import java.io.InputStream;
import java.util.Optional;

/**
 * Asks for a read-only layer from a tar.
 *
 * @param layerId the new layer
 * @param parentId the layer it changes; empty for a base layer
 * @param tar the uncompressed tar; read to its end, not closed
 * @param operationId the daemon's name for this step
 */
public record ApplyDiffRequest(String layerId, Optional<String> parentId, InputStream tar, String operationId) {}

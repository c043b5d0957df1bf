package dev.stowbook.spi.graph;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * Asks for a writable layer.
 *
 * @param layerId the new layer
 * @param parentId the read-only layer below it; empty for a layer on nothing
 * @param quotaBytes how much may be written to it; empty for no limit
 * @param operationId the daemon's name for this step
 */
public record PrepareRequest(String layerId, Optional<String> parentId, OptionalLong quotaBytes, String operationId) {}

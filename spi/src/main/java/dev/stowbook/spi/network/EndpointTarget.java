package dev.stowbook.spi.network;

/**
 * One endpoint and the operation on it.
 *
 * @param endpointId the endpoint: 64 characters of {@code [0-9a-f]}
 * @param generation how often its sandbox was made, from 1; part of link names, since the kernel may let go of an old name late
 * @param operationId the daemon's name for this step
 */
public record EndpointTarget(String endpointId, int generation, String operationId) {}

package dev.stowbook.spi.network;

/**
 * One network and the operation on it.
 *
 * @param networkId the network
 * @param operationId the daemon's name for this step
 */
public record NetworkTarget(String networkId, String operationId) {}

package dev.stowbook.spi.network;

/**
 * A network as the kernel has it.
 *
 * @param networkId the network
 * @param linkName its link on the host
 */
public record NetworkState(String networkId, String linkName) {}

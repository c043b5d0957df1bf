package dev.stowbook.spi.network;

/**
 * An endpoint as the kernel has it.
 *
 * @param endpointId the endpoint
 * @param generation the generation of its link
 * @param networkId its network
 * @param linkName its link on the host
 * @param address its address with prefix length
 */
public record EndpointState(String endpointId, int generation, String networkId, String linkName, String address) {}

package dev.stowbook.spi.network;

import java.util.List;

/**
 * An endpoint as the kernel has it.
 *
 * @param endpointId the endpoint
 * @param generation the generation of its link
 * @param networkId its network
 * @param linkName its link on the host
 * @param addresses its addresses with prefix length
 */
public record EndpointState(
        String endpointId, int generation, String networkId, String linkName, List<String> addresses) {
    public EndpointState {
        addresses = List.copyOf(addresses);
    }
}

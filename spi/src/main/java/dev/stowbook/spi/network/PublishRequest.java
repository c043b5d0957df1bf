package dev.stowbook.spi.network;

import java.util.List;

/**
 * Asks to publish ports of an endpoint.
 *
 * @param endpointId the endpoint
 * @param generation its generation
 * @param networkId its network
 * @param address its address, without prefix length
 * @param ports what to publish
 * @param operationId the daemon's name for this step
 */
public record PublishRequest(
        String endpointId,
        int generation,
        String networkId,
        String address,
        List<PortMapping> ports,
        String operationId) {
    public PublishRequest {
        ports = List.copyOf(ports);
    }
}

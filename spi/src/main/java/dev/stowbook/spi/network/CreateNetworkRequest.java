package dev.stowbook.spi.network;

import java.util.List;
import java.util.OptionalInt;

/**
 * Asks for a network.
 *
 * @param networkId the network: 64 characters of {@code [0-9a-f]}
 * @param subnets one of IPv4, one of IPv6, or one of each
 * @param mtu largest packet in bytes, at least 1280 with IPv6 and 576 without; empty for the driver's default
 * @param internal whether its members are kept from reaching anything outside, other networks included
 * @param isolated whether its members are kept from those of other networks; networks that are not isolated reach each other if they
 *     are of one instance
 * @param operationId the daemon's name for this step
 */
public record CreateNetworkRequest(
        String networkId,
        List<NetworkSubnet> subnets,
        OptionalInt mtu,
        boolean internal,
        boolean isolated,
        String operationId) {
    public CreateNetworkRequest {
        subnets = List.copyOf(subnets);
    }
}

package dev.stowbook.spi.network;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Asks to join a sandbox to a network. A sandbox may be joined to several, by an endpoint and an interface each.
 *
 * @param endpointId the endpoint: 64 characters of {@code [0-9a-f]}
 * @param generation how often its sandbox was made, from 1
 * @param networkId the network
 * @param sandboxFd an open descriptor of the sandbox's network namespace, which may lie inside a user namespace; borrowed for the call
 * @param addresses one for each subnet of the network
 * @param defaultRoute whether the sandbox's default routes lead through this endpoint, one of each family that it has an address of; at
 *     most one endpoint of a sandbox should. Joining again with another value changes the routes
 * @param mtu largest packet in bytes; empty for the network's
 * @param macAddress the interface's hardware address, {@code 02:42:0a:58:00:02}; empty for one derived from an address
 * @param interfaceName the link's name inside, at most 15 bytes: {@code eth0}
 * @param operationId the daemon's name for this step
 */
public record JoinRequest(
        String endpointId,
        int generation,
        String networkId,
        int sandboxFd,
        List<EndpointAddress> addresses,
        boolean defaultRoute,
        OptionalInt mtu,
        Optional<String> macAddress,
        String interfaceName,
        String operationId) {
    public JoinRequest {
        addresses = List.copyOf(addresses);
    }
}

package dev.stowbook.spi.network;

/**
 * Asks to join a sandbox to a network.
 *
 * @param endpointId the endpoint: 64 characters of {@code [0-9a-f]}
 * @param generation how often its sandbox was made, from 1
 * @param networkId the network
 * @param sandboxFd an open descriptor of the sandbox's network namespace; borrowed for the call
 * @param address the endpoint's address with its prefix length: {@code 10.88.0.2/16}
 * @param gateway the default route's next hop
 * @param interfaceName the link's name inside: {@code eth0}
 * @param operationId the daemon's name for this step
 */
public record JoinRequest(
        String endpointId,
        int generation,
        String networkId,
        int sandboxFd,
        String address,
        String gateway,
        String interfaceName,
        String operationId) {}

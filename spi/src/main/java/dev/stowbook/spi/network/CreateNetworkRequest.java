package dev.stowbook.spi.network;

import java.util.OptionalInt;

/**
 * Asks for a network.
 *
 * @param networkId the network: 64 characters of {@code [0-9a-f]}
 * @param subnet its addresses in CIDR form: {@code 10.88.0.0/16}
 * @param gateway the host's address in it: {@code 10.88.0.1}
 * @param mtu largest packet in bytes; empty for the driver's default
 * @param internal whether its members are kept from reaching anything outside
 * @param operationId the daemon's name for this step
 */
public record CreateNetworkRequest(
        String networkId, String subnet, String gateway, OptionalInt mtu, boolean internal, String operationId) {}

package dev.stowbook.supervisor.model;

import java.util.List;
import java.util.Optional;

/**
 * One connection of a pod to a network, as it was decided.
 *
 * @param id also names its links in the kernel
 * @param network the network
 * @param interfaceName its link inside: {@code eth0}
 * @param addresses one for each subnet of the network, in their order
 * @param aliases further names it has in the network
 * @param macAddress its hardware address, if the user named one
 * @param gatewayPriority which of its pod's connections that pod leaves by: the one with the highest
 */
public record EndpointSpec(
        EndpointId id,
        NetworkId network,
        String interfaceName,
        List<EndpointAddress> addresses,
        List<String> aliases,
        Optional<String> macAddress,
        int gatewayPriority) {
    public EndpointSpec {
        addresses = List.copyOf(addresses);
        aliases = List.copyOf(aliases);
    }

    /** With other addresses. */
    public EndpointSpec withAddresses(List<EndpointAddress> value) {
        return new EndpointSpec(id, network, interfaceName, value, aliases, macAddress, gatewayPriority);
    }
}

package dev.stowbook.spi.network;

import java.util.List;

/**
 * A joined endpoint.
 *
 * @param hostLinkName the link on the host
 * @param interfaceName the link inside the sandbox
 * @param macAddress its hardware address
 * @param addresses its addresses with prefix lengths
 * @param routes its routes, as {@code ip route} prints them
 * @param nameservers resolvers to write into resolv.conf(5)
 */
public record JoinResult(
        String hostLinkName,
        String interfaceName,
        String macAddress,
        List<String> addresses,
        List<String> routes,
        List<String> nameservers) {
    public JoinResult {
        addresses = List.copyOf(addresses);
        routes = List.copyOf(routes);
        nameservers = List.copyOf(nameservers);
    }
}

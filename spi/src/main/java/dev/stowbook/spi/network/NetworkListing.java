package dev.stowbook.spi.network;

import java.util.List;

/**
 * What the kernel has of our instance, with the ids that the kernel's objects carry, so that what no event knows can be removed by
 * the ordinary verbs.
 *
 * @param networks the networks
 * @param endpoints the endpoints, half-joined ones included
 * @param published the published ports
 */
public record NetworkListing(List<NetworkState> networks, List<EndpointState> endpoints, List<PublishedPort> published) {
    public NetworkListing {
        networks = List.copyOf(networks);
        endpoints = List.copyOf(endpoints);
        published = List.copyOf(published);
    }
}

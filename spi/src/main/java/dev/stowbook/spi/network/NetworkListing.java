package dev.stowbook.spi.network;

import java.util.List;

/**
 * What the kernel has of our instance.
 *
 * @param networkLinks names of the links of networks
 * @param endpointLinks names of the host ends of endpoints
 * @param published addresses and ports that the rules publish
 */
public record NetworkListing(List<String> networkLinks, List<String> endpointLinks, List<PortMapping> published) {
    public NetworkListing {
        networkLinks = List.copyOf(networkLinks);
        endpointLinks = List.copyOf(endpointLinks);
        published = List.copyOf(published);
    }
}

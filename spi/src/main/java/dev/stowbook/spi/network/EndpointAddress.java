package dev.stowbook.spi.network;

/**
 * One address of an endpoint.
 *
 * @param cidr the address with its subnet's prefix length: {@code 10.88.0.2/16}, {@code fd00:88::2/64}
 * @param gateway the next hop of a default route of this family, if the endpoint carries one: {@code 10.88.0.1}
 */
public record EndpointAddress(String cidr, String gateway) {

    /** The address without its prefix length. */
    public String address() {
        int slash = cidr.indexOf('/');
        return slash < 0 ? cidr : cidr.substring(0, slash);
    }

    /** Whether it is an IPv6 address. */
    public boolean ipv6() {
        return cidr.indexOf(':') >= 0;
    }
}

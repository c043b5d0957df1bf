package dev.stowbook.spi.network;

/**
 * One subnet of a network.
 *
 * @param cidr its addresses in CIDR form: {@code 10.88.0.0/16}, or {@code fd00:88::/64} with a prefix of 64 bits or more (RFC 4193)
 * @param gateway the host's address in it, without prefix length: {@code 10.88.0.1}, {@code fd00:88::1}
 */
public record NetworkSubnet(String cidr, String gateway) {}

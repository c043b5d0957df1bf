package dev.stowbook.linux.net;

import java.net.InetAddress;

/**
 * An address of a link.
 *
 * @param linkIndex the link
 * @param address the local address
 * @param prefixLength length of its network's prefix in bits
 */
public record LinkAddress(int linkIndex, InetAddress address, int prefixLength) {

    /** {@code 10.88.0.1/16}, {@code fd00:88::1/64}. */
    public String cidr() {
        return IpAddresses.text(address) + "/" + prefixLength;
    }
}

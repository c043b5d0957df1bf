package dev.stowbook.network.bridge;

import dev.stowbook.linux.net.IpAddresses;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An address with the length of its network's prefix: {@code 10.88.0.2/16} (RFC 4632), {@code fd00:88::2/64} (RFC 4291).
 *
 * @param address the address
 * @param prefixLength 0 to 32 or 128
 */
record Cidr(InetAddress address, int prefixLength) {

    static Cidr parse(String text, String operation, String target) throws DriverException {
        int slash = text.indexOf('/');
        try {
            int prefix = Integer.parseInt(text.substring(slash + 1));
            if (slash > 0 && prefix >= 0) {
                Cidr parsed = new Cidr(address(text.substring(0, slash), operation, target), prefix);
                if (prefix <= parsed.bits()) {
                    return parsed;
                }
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw invalid(operation, target, text + " is no address with a prefix length, such as 10.88.0.2/16 or fd00:88::2/64");
    }

    /** Parses a plain address; never asks a resolver. */
    static InetAddress address(String text, String operation, String target) throws DriverException {
        return IpAddresses.parse(text)
                .orElseThrow(() -> invalid(operation, target, text + " is no IP address, such as 10.88.0.2 or fd00:88::2"));
    }

    boolean ipv6() {
        return address instanceof Inet6Address;
    }

    /** The number of bits of an address: 32 or 128. */
    int bits() {
        return ipv6() ? 128 : 32;
    }

    /** The same with all bits behind the prefix zero. */
    Cidr network() {
        byte[] bytes = address.getAddress();
        for (int bit = prefixLength; bit < bits(); bit++) {
            bytes[bit / 8] &= (byte) ~(0x80 >> bit % 8);
        }
        return new Cidr(inet(bytes), prefixLength);
    }

    boolean contains(InetAddress other) {
        return other.getAddress().length == address.getAddress().length
                && new Cidr(other, prefixLength).network().equals(network());
    }

    boolean overlaps(Cidr other) {
        return prefixLength <= other.prefixLength ? contains(other.address) : other.contains(address);
    }

    /** {@code 02:42:0a:58:00:02} for 10.88.0.2: locally administered (IEEE 802), one per address. */
    String macAddress() {
        byte[] bytes = ipv6() ? KernelNames.sha256(IpAddresses.text(address)) : address.getAddress();
        return "02:42:%02x:%02x:%02x:%02x".formatted(bytes[0], bytes[1], bytes[2], bytes[3]);
    }

    @Override
    public String toString() {
        return IpAddresses.text(address) + "/" + prefixLength;
    }

    private static InetAddress inet(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError("four or sixteen bytes are an address", e);
        }
    }

    private static DriverException invalid(String operation, String target, String detail) {
        return new DriverException(DriverErrorCode.INVALID, 0, operation, target, detail);
    }
}

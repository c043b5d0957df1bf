package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.IpAddress;

/**
 * A subnet in numbers. A host in it is a number, too: how far it is from the subnet's first address.
 *
 * @param base its first address, which names it
 * @param prefixLength bits that are the same in all its addresses: 1 to 30 for IPv4, 64 to 126 for IPv6
 */
public record Subnet(IpAddress base, int prefixLength) {
    private static final int LONGEST_FOUR = 30;
    private static final int SHORTEST_SIX = 64;
    private static final int LONGEST_SIX = 126;

    /** Parses {@code 10.88.0.0/16} or {@code fd00:1::/64}. @throws IllegalArgumentException if it is not a subnet with room for hosts */
    public static Subnet parse(String cidr) {
        int slash = cidr.indexOf('/');
        if (slash < 0 || !cidr.substring(slash + 1).matches("[0-9]{1,3}")) {
            throw new IllegalArgumentException("not a subnet: " + cidr);
        }
        int prefix = Integer.parseInt(cidr.substring(slash + 1));
        IpAddress base = IpAddress.parse(cidr.substring(0, slash));
        boolean room = base.six() ? prefix >= SHORTEST_SIX && prefix <= LONGEST_SIX : prefix >= 1 && prefix <= LONGEST_FOUR;
        if (!room || (base.low() & mask(base.six(), prefix)) != 0) {
            throw new IllegalArgumentException("not a subnet with room for hosts: " + cidr);
        }
        return new Subnet(base, prefix);
    }

    /** The bits in which its hosts differ. */
    private static long mask(boolean six, int prefix) {
        int bits = (six ? 128 : 32) - prefix;
        return bits >= 64 ? -1L : (1L << bits) - 1;
    }

    /** Whether it is of IPv6. */
    public boolean six() {
        return base.six();
    }

    /** The last host: IPv4 keeps its last address for broadcasts. */
    public long last() {
        long mask = mask(six(), prefixLength);
        return six() ? (mask < 0 ? Long.MAX_VALUE : mask) : mask - 1;
    }

    /** The address of a host. */
    public IpAddress address(long host) {
        return new IpAddress(six(), base.high(), base.low() | host);
    }

    /** Whether an address is in it, the first and the broadcast address included. */
    public boolean contains(IpAddress address) {
        return address.six() == six()
                && address.high() == base.high()
                && (address.low() & ~mask(six(), prefixLength)) == base.low();
    }

    /** The host that has an address of this subnet. */
    public long host(IpAddress address) {
        return address.low() & mask(six(), prefixLength);
    }

    /** Whether some address is in both. */
    public boolean overlaps(Subnet other) {
        return contains(other.base) || other.contains(base);
    }

    @Override
    public String toString() {
        return base.text() + "/" + prefixLength;
    }
}

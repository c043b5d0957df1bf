package dev.stowbook.supervisor.state;

/**
 * An IPv4 subnet in numbers.
 *
 * @param network its first address, which names it
 * @param prefixLength bits that are the same in all its addresses, 1 to 30
 */
public record Subnet(long network, int prefixLength) {

    /** Parses {@code 10.88.0.0/16}. @throws IllegalArgumentException if it is not an IPv4 subnet with room for hosts */
    public static Subnet parse(String cidr) {
        int slash = cidr.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("not a subnet: " + cidr);
        }
        int prefix = Integer.parseInt(cidr, slash + 1, cidr.length(), 10);
        long number = number(cidr.substring(0, slash));
        if (prefix < 1 || prefix > 30 || (number & ((1L << (32 - prefix)) - 1)) != 0) {
            throw new IllegalArgumentException("not a subnet with room for hosts: " + cidr);
        }
        return new Subnet(number, prefix);
    }

    /** The first address a host can have. */
    public long first() {
        return network + 1;
    }

    /** The last address a host can have. */
    public long last() {
        return network + (1L << (32 - prefixLength)) - 2;
    }

    /** How many addresses hosts can have. */
    public long size() {
        return last() - first() + 1;
    }

    /** Parses {@code 10.88.0.2} to a number. @throws IllegalArgumentException if it is not four numbers of 0 to 255 */
    public static long number(String address) {
        String[] parts = address.split("\\.", -1);
        if (parts.length != 4) {
            throw new IllegalArgumentException("not an IPv4 address: " + address);
        }
        long number = 0;
        for (String part : parts) {
            int value = Integer.parseInt(part);
            if (value < 0 || value > 255) {
                throw new IllegalArgumentException("not an IPv4 address: " + address);
            }
            number = number << 8 | value;
        }
        return number;
    }

    /** Prints a number as {@code 10.88.0.2}. */
    public static String text(long number) {
        return (number >> 24 & 255) + "." + (number >> 16 & 255) + "." + (number >> 8 & 255) + "." + (number & 255);
    }
}

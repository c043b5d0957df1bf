package dev.stowbook.network.bridge;

import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * An IPv4 address with the length of its network's prefix: {@code 10.88.0.2/16} (RFC 4632).
 *
 * @param bits the address as a number
 * @param prefixLength 0 to 32
 */
record Cidr(int bits, int prefixLength) {
    private static final Pattern DOTTED = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");

    static Cidr parse(String text, String operation, String target) throws DriverException {
        int slash = text.indexOf('/');
        try {
            int prefix = Integer.parseInt(text.substring(slash + 1));
            if (slash > 0 && prefix >= 0 && prefix <= 32) {
                return new Cidr(address(text.substring(0, slash), operation, target), prefix);
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw invalid(operation, target, text + " is no IPv4 address with a prefix length, such as 10.88.0.2/16");
    }

    /** Parses a plain dotted address; never asks a resolver. */
    static int address(String text, String operation, String target) throws DriverException {
        var matcher = DOTTED.matcher(text);
        int bits = 0;
        boolean valid = matcher.matches();
        for (int part = 1; valid && part <= 4; part++) {
            int value = Integer.parseInt(matcher.group(part));
            valid = value <= 255;
            bits = bits << 8 | value;
        }
        if (!valid) {
            throw invalid(operation, target, text + " is no IPv4 address; this driver does IPv4");
        }
        return bits;
    }

    static Cidr of(InetAddress address, int prefixLength) {
        int bits = 0;
        for (byte part : address.getAddress()) {
            bits = bits << 8 | (part & 0xff);
        }
        return new Cidr(bits, prefixLength);
    }

    static InetAddress inet(int bits) {
        try {
            return Inet4Address.getByAddress(
                    new byte[] {(byte) (bits >> 24), (byte) (bits >> 16), (byte) (bits >> 8), (byte) bits});
        } catch (UnknownHostException e) {
            throw new AssertionError("four bytes are an address", e);
        }
    }

    static String dotted(int bits) {
        return inet(bits).getHostAddress();
    }

    Cidr network() {
        return new Cidr(bits & mask(prefixLength), prefixLength);
    }

    boolean contains(int address) {
        return (address & mask(prefixLength)) == (bits & mask(prefixLength));
    }

    boolean overlaps(Cidr other) {
        return prefixLength <= other.prefixLength ? contains(other.bits) : other.contains(bits);
    }

    InetAddress inet() {
        return inet(bits);
    }

    /** {@code 02:42:0a:58:00:02} for 10.88.0.2: locally administered (IEEE 802), one per address. */
    String macAddress() {
        return "02:42:%02x:%02x:%02x:%02x".formatted(bits >>> 24, bits >> 16 & 0xff, bits >> 8 & 0xff, bits & 0xff);
    }

    @Override
    public String toString() {
        return dotted(bits) + "/" + prefixLength;
    }

    private static int mask(int prefixLength) {
        return prefixLength == 0 ? 0 : -1 << (32 - prefixLength);
    }

    private static DriverException invalid(String operation, String target, String detail) {
        return new DriverException(DriverErrorCode.INVALID, 0, operation, target, detail);
    }
}

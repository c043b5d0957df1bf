package dev.stowbook.linux.net;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/** IP addresses as text: read strictly, without ever asking a resolver, and written in one form only. Any thread. */
public final class IpAddresses {
    private static final Pattern DOTTED = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern COLONS = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
    private static final int GROUPS = 8;

    private IpAddresses() {}

    /** Reads {@code 10.88.0.2} or {@code fd00:88::2} (RFC 4291, without zone); empty if it is neither. */
    public static Optional<InetAddress> parse(String text) {
        boolean six = COLONS.matcher(text).matches();
        if (!six && !DOTTED.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            InetAddress address = InetAddress.getByName(text); // a literal: the patterns let nothing else through
            // A mapped address, ::ffff:10.0.0.1, comes back as one of IPv4: no packet of IPv6 ever carries it.
            return six == address instanceof Inet6Address ? Optional.of(address) : Optional.empty();
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    /** Writes an address as RFC 5952 has it: {@code fd00:88::2}, lower case, the longest run of zeros left out, no zone. */
    public static String text(InetAddress address) {
        return address instanceof Inet4Address ? address.getHostAddress() : colons(address.getAddress());
    }

    private static String colons(byte[] bytes) {
        int[] groups = new int[GROUPS];
        for (int i = 0; i < GROUPS; i++) {
            groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
        }
        int start = -1;
        int longest = 1; // a single zero is written
        for (int i = 0; i < GROUPS; i++) {
            int end = i;
            while (end < GROUPS && groups[end] == 0) {
                end++;
            }
            if (end - i > longest) {
                start = i;
                longest = end - i;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < GROUPS; i++) {
            if (i == start) {
                text.append("::");
                i += longest - 1;
            } else {
                text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":").append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }
}

package dev.stowbook.supervisor.dns;

import dev.stowbook.supervisor.model.IpAddress;

/** Addresses as texts that may be written in several ways. */
final class Addresses {
    private Addresses() {}

    /** Without the zone that the kernel names with a link-local address. */
    static String plain(String address) {
        int zone = address.indexOf('%');
        return zone < 0 ? address : address.substring(0, zone);
    }

    /** Whether both mean the same; two texts that are no addresses do only if they are equal. */
    static boolean same(String one, String other) {
        try {
            return IpAddress.parse(plain(one)).equals(IpAddress.parse(plain(other)));
        } catch (IllegalArgumentException e) {
            return one.equals(other);
        }
    }
}

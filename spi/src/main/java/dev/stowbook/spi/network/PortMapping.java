package dev.stowbook.spi.network;

/**
 * Published ports: {@code count} of them, one after the other, each to the port with the same distance from the first.
 *
 * @param hostAddress the host's address to listen on: {@code 127.0.0.1}, {@code ::1}; {@code 0.0.0.0} for all of IPv4, {@code ::} for all
 *     of IPv6 and no other
 * @param hostPort the first, 1 to 65535
 * @param containerPort the first, 1 to 65535
 * @param count how many, at least 1
 * @param protocol TCP or UDP
 */
public record PortMapping(String hostAddress, int hostPort, int containerPort, int count, Protocol protocol) {

    /** Transport protocol. */
    public enum Protocol {
        TCP,
        UDP
    }

    /** A single port. */
    public PortMapping(String hostAddress, int hostPort, int containerPort, Protocol protocol) {
        this(hostAddress, hostPort, containerPort, 1, protocol);
    }

    /** Whether the host's address is one of IPv6. */
    public boolean ipv6() {
        return hostAddress.indexOf(':') >= 0;
    }
}

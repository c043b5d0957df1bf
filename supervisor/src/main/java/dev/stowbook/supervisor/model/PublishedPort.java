package dev.stowbook.supervisor.model;

import java.util.Locale;

/**
 * A port of the host that leads to a container, or {@code count} that follow one another, each to the one with the same distance from the first.
 *
 * @param hostAddress where it listens: {@code 127.0.0.1}, {@code 0.0.0.0} for every address of IPv4, {@code ::} of IPv6
 * @param hostPort the first, 1 to 65535
 * @param containerPort the first, 1 to 65535
 * @param count how many, at least 1
 * @param protocol transport protocol
 */
public record PublishedPort(String hostAddress, int hostPort, int containerPort, int count, PortSpec.Protocol protocol) {

    /** A single port. */
    public PublishedPort(String hostAddress, int hostPort, int containerPort, PortSpec.Protocol protocol) {
        this(hostAddress, hostPort, containerPort, 1, protocol);
    }

    /** The last port of the host. */
    public int lastHostPort() {
        return hostPort + count - 1;
    }

    /** The host's side as users write it: {@code 8080/tcp}, {@code 7000-7010/udp}. */
    public String hostPorts() {
        return hostPort + (count == 1 ? "" : "-" + lastHostPort()) + "/" + protocol.name().toLowerCase(Locale.ROOT);
    }

    /** Whether both want the same port of the host. An address for all is one for all of its family. */
    public boolean clashesWith(PublishedPort other) {
        boolean both = isForAll() || other.isForAll();
        return hostPort <= other.lastHostPort()
                && other.hostPort <= lastHostPort()
                && protocol == other.protocol
                && (hostAddress.equals(other.hostAddress) || both && isIpv6() == other.isIpv6());
    }

    private boolean isForAll() {
        return hostAddress.equals("0.0.0.0") || hostAddress.equals("::");
    }

    private boolean isIpv6() {
        return hostAddress.indexOf(':') >= 0;
    }
}

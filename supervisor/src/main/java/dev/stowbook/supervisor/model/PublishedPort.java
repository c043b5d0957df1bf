package dev.stowbook.supervisor.model;

/**
 * A port of the host that leads to a container.
 *
 * @param hostAddress where it listens: {@code 127.0.0.1}, {@code 0.0.0.0} for every address of IPv4, {@code ::} of IPv6
 * @param hostPort 1 to 65535
 * @param containerPort 1 to 65535
 * @param protocol transport protocol
 */
public record PublishedPort(String hostAddress, int hostPort, int containerPort, PortSpec.Protocol protocol) {

    /** Whether both want the same port of the host. An address for all is one for all of its family. */
    public boolean clashesWith(PublishedPort other) {
        boolean both = isForAll() || other.isForAll();
        return hostPort == other.hostPort
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

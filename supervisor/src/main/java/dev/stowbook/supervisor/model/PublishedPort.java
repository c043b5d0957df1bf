package dev.stowbook.supervisor.model;

/**
 * A port of the host that leads to a container.
 *
 * @param hostAddress where it listens: {@code 127.0.0.1}, {@code 0.0.0.0} for every address
 * @param hostPort 1 to 65535
 * @param containerPort 1 to 65535
 * @param protocol transport protocol
 */
public record PublishedPort(String hostAddress, int hostPort, int containerPort, PortSpec.Protocol protocol) {

    /** Whether both want the same port of the host. */
    public boolean clashesWith(PublishedPort other) {
        return hostPort == other.hostPort
                && protocol == other.protocol
                && (hostAddress.equals(other.hostAddress)
                        || hostAddress.equals("0.0.0.0")
                        || other.hostAddress.equals("0.0.0.0"));
    }
}

package dev.stowbook.supervisor.model;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * A port a container listens on, or several that follow one another.
 *
 * @param name what it is called
 * @param containerPort 1 to 65535; the first of several
 * @param count how many, at least 1
 * @param hostPort the host's port that leads to it, the first of as many; empty if it is not published
 * @param hostAddress the host's address to publish on; 127.0.0.1 if empty
 * @param protocol transport protocol
 */
public record PortSpec(
        Optional<String> name,
        int containerPort,
        int count,
        OptionalInt hostPort,
        Optional<String> hostAddress,
        Protocol protocol) {
    /** A single port. */
    public PortSpec(
            Optional<String> name, int containerPort, OptionalInt hostPort, Optional<String> hostAddress, Protocol protocol) {
        this(name, containerPort, 1, hostPort, hostAddress, protocol);
    }

    /** Transport protocol. */
    public enum Protocol {
        TCP,
        UDP
    }
}

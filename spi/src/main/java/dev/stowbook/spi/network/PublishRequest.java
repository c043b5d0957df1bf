package dev.stowbook.spi.network;

import java.util.List;
import java.util.Optional;

/**
 * Asks to publish ports of an endpoint.
 *
 * <p>The kernel can't translate what is sent to {@code ::1} (it never leaves the loopback link), nor from one family to the other. Such
 * ports are served by a process of the daemon that holds the sockets ({@link #proxied}); the driver publishes the others
 * ({@link #translated}). A port on {@code ::} may be both.
 *
 * @param endpointId the endpoint
 * @param generation its generation
 * @param networkId its network
 * @param addresses its addresses, without prefix length: at most one of each family
 * @param ports what to publish
 * @param operationId the daemon's name for this step
 */
public record PublishRequest(
        String endpointId,
        int generation,
        String networkId,
        List<String> addresses,
        List<PortMapping> ports,
        String operationId) {
    public PublishRequest {
        addresses = List.copyOf(addresses);
        ports = List.copyOf(ports);
    }

    /** The endpoint's address that the kernel translates a port to; empty if it can't. */
    public Optional<String> translated(PortMapping port) {
        return isLoopback6(port) ? Optional.empty() : ofFamily(port.ipv6());
    }

    /** The endpoint's address that a process must carry a port's traffic to; empty if the kernel does all of it. */
    public Optional<String> proxied(PortMapping port) {
        boolean needed = isLoopback6(port) || port.hostAddress().equals("::") || translated(port).isEmpty();
        return needed ? ofFamily(port.ipv6()).or(() -> ofFamily(!port.ipv6())) : Optional.empty();
    }

    private Optional<String> ofFamily(boolean ipv6) {
        return addresses.stream().filter(address -> address.indexOf(':') >= 0 == ipv6).findFirst();
    }

    private static boolean isLoopback6(PortMapping port) {
        return port.hostAddress().equals("::1");
    }
}

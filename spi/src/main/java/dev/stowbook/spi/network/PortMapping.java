package dev.stowbook.spi.network;

/**
 * One published port.
 *
 * @param hostAddress the host's address to listen on: {@code 127.0.0.1}, {@code 0.0.0.0} for all
 * @param hostPort 1 to 65535
 * @param containerPort 1 to 65535
 * @param protocol TCP or UDP
 */
public record PortMapping(String hostAddress, int hostPort, int containerPort, Protocol protocol) {

    /** Transport protocol. */
    public enum Protocol {
        TCP,
        UDP
    }
}

package dev.stowbook.spi.network;

/**
 * A published port as the kernel has it.
 *
 * @param endpointId whose it is
 * @param address the endpoint's address it leads to
 * @param port the mapping, of a single port
 */
public record PublishedPort(String endpointId, String address, PortMapping port) {}

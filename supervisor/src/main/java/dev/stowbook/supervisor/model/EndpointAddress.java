package dev.stowbook.supervisor.model;

/**
 * An address of an endpoint.
 *
 * @param address IPv4 or IPv6, without prefix length
 * @param asked whether the user named it, so that no other will do
 */
public record EndpointAddress(String address, boolean asked) {}

package dev.stowbook.supervisor.model;

/**
 * Addresses of a network.
 *
 * @param subnet in CIDR form: {@code 10.88.0.0/16}
 * @param gateway the host's address in it
 */
public record SubnetSpec(String subnet, String gateway) {}

package dev.stowbook.spi;

/**
 * Whether a driver can work on this host.
 *
 * @param usable whether {@link DriverProvider#open} can be expected to succeed
 * @param reason one sentence for the operator: what was found, or what is missing and how to get it
 */
public record Health(boolean usable, String reason) {}

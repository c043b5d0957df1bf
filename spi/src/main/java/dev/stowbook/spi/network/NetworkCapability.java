package dev.stowbook.spi.network;

/** What a network driver can do. */
public enum NetworkCapability {
    IPV4,
    IPV6,
    PUBLISH_TCP,
    PUBLISH_UDP,
    INTERNAL
}

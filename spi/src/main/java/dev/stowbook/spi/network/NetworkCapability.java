package dev.stowbook.spi.network;

/** What a network driver can do. */
public enum NetworkCapability {
    /** Networks with an IPv4 subnet. */
    IPV4,
    /** Networks with an IPv6 subnet. */
    IPV6,
    /** Published TCP ports. */
    PUBLISH_TCP,
    /** Published UDP ports. */
    PUBLISH_UDP,
    /** Networks whose members reach nothing outside. */
    INTERNAL,
    /** Networks that are not isolated from each other. */
    NOT_ISOLATED,
    /** Another largest packet than the default, of a network or an endpoint. */
    MTU,
    /** A hardware address that the user chose. */
    MAC_ADDRESS,
    /** Leaving a sandbox that goes on. */
    LIVE_LEAVE,
    /** Says {@link dev.stowbook.spi.Observation.RulesFlushed} when somebody else changes or removes its rules. */
    WATCHES_RULES
}

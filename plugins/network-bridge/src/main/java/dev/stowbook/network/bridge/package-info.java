/**
 * The network driver {@code bridge}: a Linux bridge per network, a veth pair per endpoint, one nftables table per instance.
 */
@NullMarked
package dev.stowbook.network.bridge;

import org.jspecify.annotations.NullMarked;

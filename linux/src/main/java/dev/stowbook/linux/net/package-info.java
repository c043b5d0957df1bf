/**
 * Links, addresses and routes (rtnetlink(7)), firewall rules (libnftables(3)) and network namespaces.
 *
 * <p>{@link dev.stowbook.linux.net.Netlink} and {@link dev.stowbook.linux.net.Nftables} are the two interfaces; everything else
 * here is a value they take or return, or how they are opened.
 */
@NullMarked
package dev.stowbook.linux.net;

import org.jspecify.annotations.NullMarked;

package dev.stowbook.linux.net;

import java.util.OptionalInt;

/**
 * A network link as the kernel describes it (rtnetlink(7), RTM_NEWLINK).
 *
 * @param index its number, unique within its namespace
 * @param name at most 15 bytes
 * @param kind {@code bridge}, {@code veth}, ...; empty for hardware and loopback
 * @param alias free text stored with it (IFLA_IFALIAS, at most 255 bytes); empty if none
 * @param macAddress {@code 02:42:0a:58:00:02}; empty for links without
 * @param mtu largest packet in bytes
 * @param group the number set when it was made (IFLA_GROUP), 0 by default
 * @param master index of the bridge it is a port of
 * @param peerIndex index of the link it is tied to (IFLA_LINK): for a veth its other end, in that end's namespace
 * @param peerNamespaceId id that this namespace knows the other end's namespace by (IFLA_LINK_NETNSID); empty if it is the same
 * @param up whether it is administratively up (IFF_UP)
 * @param carrier whether it has a carrier (IFF_LOWER_UP)
 * @param running whether the kernel has acted on that, so that packets pass (IFF_RUNNING): until then they are dropped. Since
 *     Linux 6.8 asking for a single link makes the kernel act first; before, it takes a few milliseconds
 * @param loopback whether it is the loopback link
 * @param hairpin for a bridge's port 1 if a frame may go back out of the port it came in by, else 0
 */
public record Link(
        int index,
        String name,
        String kind,
        String alias,
        String macAddress,
        int mtu,
        int group,
        OptionalInt master,
        OptionalInt peerIndex,
        OptionalInt peerNamespaceId,
        boolean up,
        boolean carrier,
        boolean running,
        boolean loopback,
        OptionalInt hairpin) {}

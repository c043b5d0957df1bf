package dev.stowbook.linux.net;

import static dev.stowbook.linux.net.Rtnl.*;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads the payload of RTM_NEWLINK, RTM_NEWADDR and RTM_NEWROUTE messages. */
final class Replies {
    private static final int IFINFOMSG_BYTES = 16;
    private static final int IFADDRMSG_BYTES = 8;
    private static final int RTMSG_BYTES = 12;

    private Replies() {}

    static Link link(ByteBuffer payload) {
        Attributes attributes = behind(payload, IFINFOMSG_BYTES);
        int flags = payload.getInt(8);
        Optional<Attributes> info = attributes.nest(IFLA_LINKINFO);
        OptionalInt hairpin = info.flatMap(nest -> nest.nest(IFLA_INFO_SLAVE_DATA))
                .map(nest -> nest.u8(IFLA_BRPORT_MODE))
                .orElse(OptionalInt.empty());
        return new Link(
                payload.getInt(4),
                attributes.text(IFLA_IFNAME),
                info.map(nest -> nest.text(IFLA_INFO_KIND)).orElse(""),
                attributes.text(IFLA_IFALIAS),
                attributes.bytes(IFLA_ADDRESS).map(HexFormat.ofDelimiter(":")::formatHex).orElse(""),
                attributes.u32(IFLA_MTU).orElse(0),
                attributes.u32(IFLA_GROUP).orElse(0),
                attributes.u32(IFLA_MASTER),
                attributes.u32(IFLA_LINK),
                attributes.u32(IFLA_LINK_NETNSID),
                (flags & IFF_UP) != 0,
                (flags & IFF_LOWER_UP) != 0,
                (flags & IFF_RUNNING) != 0,
                (flags & IFF_LOOPBACK) != 0,
                hairpin);
    }

    static Optional<LinkAddress> address(ByteBuffer payload) {
        Attributes attributes = behind(payload, IFADDRMSG_BYTES);
        // IFA_ADDRESS is the far end on a point-to-point link; IFA_LOCAL is missing for IPv6.
        return attributes
                .bytes(IFA_LOCAL)
                .or(() -> attributes.bytes(IFA_ADDRESS))
                .map(bytes -> new LinkAddress(payload.getInt(4), inet(bytes), payload.get(1) & 0xff));
    }

    static Optional<LinkAddress> group(ByteBuffer payload) {
        return behind(payload, IFADDRMSG_BYTES)
                .bytes(IFA_MULTICAST)
                .map(bytes -> new LinkAddress(payload.getInt(4), inet(bytes), 8 * bytes.length));
    }

    static Optional<Route> route(ByteBuffer payload) {
        Attributes attributes = behind(payload, RTMSG_BYTES);
        int table = attributes.u32(RTA_TABLE).orElse(payload.get(4) & 0xff);
        int family = payload.get(0) & 0xff;
        boolean unicast = (payload.get(7) & 0xff) == RTN_UNICAST;
        if (table == RT_TABLE_LOCAL || !unicast || (family != AF_INET && family != AF_INET6)) {
            return Optional.empty();
        }
        return Optional.of(new Route(
                family == AF_INET6,
                attributes.bytes(RTA_DST).map(Replies::inet),
                payload.get(1) & 0xff,
                attributes.bytes(RTA_GATEWAY).map(Replies::inet),
                attributes.u32(RTA_OIF),
                table,
                attributes.u32(RTA_PRIORITY).orElse(0)));
    }

    private static Attributes behind(ByteBuffer payload, int header) {
        return new Attributes(payload.slice(header, payload.remaining() - header));
    }

    static InetAddress inet(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("the kernel sent an address of " + bytes.length + " bytes", e);
        }
    }
}

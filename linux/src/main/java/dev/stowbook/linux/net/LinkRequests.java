package dev.stowbook.linux.net;

import static dev.stowbook.linux.net.Rtnl.*;

import java.net.InetAddress;
import java.util.HexFormat;

/** Encodes each {@link LinkRequest} as one rtnetlink message. */
final class LinkRequests {
    private static final int CHANGE = NLM_F_REQUEST | NLM_F_ACK;
    private static final int CREATE = CHANGE | NLM_F_CREATE | NLM_F_EXCL;

    private LinkRequests() {}

    /** The name of the message type that a request becomes. */
    static String call(LinkRequest request) {
        return switch (request) {
            case LinkRequest.CreateBridge ignored -> "RTM_NEWLINK bridge";
            case LinkRequest.CreateVeth ignored -> "RTM_NEWLINK veth";
            case LinkRequest.ChangeLink ignored -> "RTM_SETLINK";
            case LinkRequest.ChangeBridgePort ignored -> "RTM_SETLINK bridge port";
            case LinkRequest.DeleteLink ignored -> "RTM_DELLINK";
            case LinkRequest.AddAddress ignored -> "RTM_NEWADDR";
            case LinkRequest.SetDefaultRoute ignored -> "RTM_NEWROUTE";
            case LinkRequest.DeleteDefaultRoute ignored -> "RTM_DELROUTE";
        };
    }

    static void write(NetlinkMessage out, LinkRequest request, int sequence) {
        switch (request) {
            case LinkRequest.CreateBridge bridge -> bridge(out, bridge, sequence);
            case LinkRequest.CreateVeth veth -> veth(out, veth, sequence);
            case LinkRequest.ChangeLink change -> change(out, change, sequence);
            case LinkRequest.ChangeBridgePort port -> port(out, port, sequence);
            case LinkRequest.DeleteLink delete ->
                out.begin(RTM_DELLINK, CHANGE, sequence).linkHeader(AF_UNSPEC, delete.index(), 0, 0);
            case LinkRequest.AddAddress address -> address(out, address, sequence);
            case LinkRequest.SetDefaultRoute route -> {
                out.begin(RTM_NEWROUTE, CHANGE | NLM_F_CREATE | NLM_F_REPLACE, sequence);
                defaultRoute(out, route.gateway(), route.index());
            }
            case LinkRequest.DeleteDefaultRoute route -> {
                out.begin(RTM_DELROUTE, CHANGE, sequence);
                defaultRoute(out, route.gateway(), route.index());
            }
        }
        out.end();
    }

    private static void bridge(NetlinkMessage out, LinkRequest.CreateBridge bridge, int sequence) {
        out.begin(RTM_NEWLINK, CREATE, sequence)
                .linkHeader(AF_UNSPEC, 0, IFF_UP, IFF_UP)
                .attribute(IFLA_IFNAME, bridge.name())
                .attribute(IFLA_ADDRESS, mac(bridge.macAddress()))
                .attribute32(IFLA_MTU, bridge.mtu())
                .attribute32(IFLA_GROUP, bridge.group());
        int info = out.beginNest(IFLA_LINKINFO);
        out.attribute(IFLA_INFO_KIND, "bridge").endNest(info);
    }

    private static void veth(NetlinkMessage out, LinkRequest.CreateVeth veth, int sequence) {
        out.begin(RTM_NEWLINK, CREATE, sequence)
                .linkHeader(AF_UNSPEC, 0, IFF_UP, IFF_UP)
                .attribute(IFLA_IFNAME, veth.name())
                .attribute(IFLA_ADDRESS, mac(veth.macAddress()))
                .attribute32(IFLA_MTU, veth.mtu())
                .attribute32(IFLA_GROUP, veth.group());
        if (veth.master().isPresent()) {
            out.attribute32(IFLA_MASTER, veth.master().getAsInt());
        }
        int info = out.beginNest(IFLA_LINKINFO);
        out.attribute(IFLA_INFO_KIND, "veth");
        int data = out.beginNest(IFLA_INFO_DATA);
        // The peer is described by a link header and link attributes, as if in a message of its own.
        int peer = out.beginNest(VETH_INFO_PEER);
        out.linkHeader(AF_UNSPEC, 0, 0, 0)
                .attribute(IFLA_IFNAME, veth.peerName())
                .attribute(IFLA_ADDRESS, mac(veth.peerMacAddress()))
                .attribute32(IFLA_MTU, veth.mtu())
                .attribute32(IFLA_NET_NS_FD, veth.peerNamespaceFd());
        out.endNest(peer);
        out.endNest(data);
        out.endNest(info);
    }

    private static void change(NetlinkMessage out, LinkRequest.ChangeLink change, int sequence) {
        int flags = change.up().orElse(false) ? IFF_UP : 0;
        int mask = change.up().isPresent() ? IFF_UP : 0;
        out.begin(RTM_SETLINK, CHANGE, sequence).linkHeader(AF_UNSPEC, change.index(), flags, mask);
        if (change.master().isPresent()) {
            out.attribute32(IFLA_MASTER, change.master().getAsInt());
        }
        change.alias().ifPresent(alias -> out.attribute(IFLA_IFALIAS, alias));
        change.mtu().ifPresent(mtu -> out.attribute32(IFLA_MTU, mtu));
    }

    private static void port(NetlinkMessage out, LinkRequest.ChangeBridgePort port, int sequence) {
        out.begin(RTM_SETLINK, CHANGE, sequence).linkHeader(AF_BRIDGE, port.index(), 0, 0);
        int nest = out.beginNest(IFLA_PROTINFO);
        out.attribute8(IFLA_BRPORT_MODE, port.hairpin() ? 1 : 0).endNest(nest);
    }

    /** struct ifaddrmsg { u8 family; u8 prefixlen; u8 flags; u8 scope; u32 index }. */
    private static void address(NetlinkMessage out, LinkRequest.AddAddress add, int sequence) {
        byte[] address = add.address().getAddress();
        int family = address.length == 4 ? AF_INET : AF_INET6;
        out.begin(RTM_NEWADDR, CREATE, sequence)
                .u8(family)
                .u8(add.prefixLength())
                .u8(family == AF_INET6 ? IFA_F_NODAD : 0)
                .u8(0)
                .u32(add.index())
                .attribute(IFA_LOCAL, address)
                .attribute(IFA_ADDRESS, address);
        if (family == AF_INET && add.prefixLength() < 31) {
            out.attribute(IFA_BROADCAST, broadcast(address, add.prefixLength()));
        }
    }

    /** struct rtmsg { u8 family, dst_len, src_len, tos, table, protocol, scope, type; u32 flags }. */
    private static void defaultRoute(NetlinkMessage out, InetAddress via, int link) {
        byte[] gateway = via.getAddress();
        out.u8(gateway.length == 4 ? AF_INET : AF_INET6)
                .u8(0)
                .u8(0)
                .u8(0)
                .u8(RT_TABLE_MAIN)
                .u8(RTPROT_STATIC)
                .u8(0)
                .u8(RTN_UNICAST)
                .u32(0)
                .attribute(RTA_GATEWAY, gateway)
                .attribute32(RTA_OIF, link);
    }

    private static byte[] broadcast(byte[] address, int prefixLength) {
        byte[] result = address.clone();
        for (int bit = prefixLength; bit < 32; bit++) {
            result[bit / 8] |= (byte) (0x80 >> (bit % 8));
        }
        return result;
    }

    private static byte[] mac(String text) {
        byte[] mac = HexFormat.ofDelimiter(":").parseHex(text);
        if (mac.length != 6) {
            throw new IllegalArgumentException("not a hardware address of six bytes: " + text);
        }
        return mac;
    }
}

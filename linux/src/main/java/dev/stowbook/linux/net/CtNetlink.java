package dev.stowbook.linux.net;

import static dev.stowbook.linux.net.Rtnl.*;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** {@link Conntrack} over a NETLINK_NETFILTER socket. */
final class CtNetlink implements Conntrack {
    private static final int NETLINK_NETFILTER = 12;
    // linux/netfilter/nfnetlink.h: a message type is the subsystem (1, ctnetlink) in the upper byte, the message in the lower.
    private static final int CT_GET = 1 << 8 | 1;
    private static final int CT_DELETE = 1 << 8 | 2;
    private static final int NFGENMSG_BYTES = 4;
    private static final int CTA_TUPLE_ORIG = 1;
    private static final int CTA_TUPLE_REPLY = 2;
    private static final int CTA_ZONE = 18;
    private static final int CTA_ID = 12;
    private static final int CTA_TUPLE_IP = 1;
    private static final int CTA_TUPLE_PROTO = 2;
    private static final int CTA_IP_V4_SRC = 1;
    private static final int CTA_IP_V4_DST = 2;
    private static final int CTA_IP_V6_SRC = 3;
    private static final int CTA_IP_V6_DST = 4;
    private static final int CTA_PROTO_NUM = 1;
    private static final int CTA_PROTO_DST_PORT = 3;
    private static final int NLA_F_NESTED = 0x8000;

    private final NetlinkSocket socket;

    private CtNetlink(NetlinkSocket socket) {
        this.socket = socket;
    }

    static CtNetlink open() throws LinuxException {
        return new CtNetlink(NetlinkSocket.open(NETLINK_NETFILTER));
    }

    @Override
    public int forget(Predicate<Flow> which) throws LinuxException {
        int forgotten = 0;
        for (ByteBuffer entry : socket.dump(new NetlinkSocket.Request(
                "dump",
                "conntrack",
                (out, sequence) -> header(out, CT_GET, NLM_F_REQUEST | NLM_F_DUMP, sequence, AF_UNSPEC).end()))) {
            Attributes attributes = new Attributes(entry.slice(NFGENMSG_BYTES, entry.remaining() - NFGENMSG_BYTES));
            if (flow(attributes).filter(which).isPresent() && forget(attributes, entry.get(0))) {
                forgotten++;
            }
        }
        return forgotten;
    }

    private static Optional<Flow> flow(Attributes entry) {
        Optional<Attributes> original = entry.nest(CTA_TUPLE_ORIG);
        Optional<Attributes> proto = original.flatMap(tuple -> tuple.nest(CTA_TUPLE_PROTO));
        Optional<InetAddress> destination = original.flatMap(tuple -> address(tuple, CTA_IP_V4_DST, CTA_IP_V6_DST));
        Optional<InetAddress> answerer = entry.nest(CTA_TUPLE_REPLY).flatMap(tuple -> address(tuple, CTA_IP_V4_SRC, CTA_IP_V6_SRC));
        if (proto.isEmpty() || destination.isEmpty() || answerer.isEmpty()) {
            return Optional.empty();
        }
        int port = proto.get()
                .bytes(CTA_PROTO_DST_PORT)
                .map(bytes -> (bytes[0] & 0xff) << 8 | (bytes[1] & 0xff)) // in network order
                .orElse(0); // ICMP has none
        return Optional.of(
                new Flow(proto.get().u8(CTA_PROTO_NUM).orElse(0), destination.get(), port, answerer.get()));
    }

    private static Optional<InetAddress> address(Attributes tuple, int four, int six) {
        return tuple.nest(CTA_TUPLE_IP).flatMap(ip -> ip.bytes(four).or(() -> ip.bytes(six))).map(Replies::inet);
    }

    /** False if the flow ended meanwhile. */
    private boolean forget(Attributes entry, int family) throws LinuxException {
        byte[] original = entry.bytes(CTA_TUPLE_ORIG).orElseThrow();
        Optional<byte[]> id = entry.bytes(CTA_ID);
        Optional<byte[]> zone = entry.bytes(CTA_ZONE);
        try {
            socket.execute(List.of(
                    new NetlinkSocket.Request("IPCTNL_MSG_CT_DELETE", "conntrack", (out, sequence) -> {
                        header(out, CT_DELETE, NLM_F_REQUEST | NLM_F_ACK, sequence, family)
                                .attribute(CTA_TUPLE_ORIG | NLA_F_NESTED, original);
                        id.ifPresent(bytes -> out.attribute(CTA_ID, bytes));
                        zone.ifPresent(bytes -> out.attribute(CTA_ZONE, bytes));
                        out.end();
                    })));
            return true;
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                return false;
            }
            throw e;
        }
    }

    /** struct nfgenmsg { u8 family; u8 version; be16 res_id } behind nlmsghdr. */
    private static NetlinkMessage header(NetlinkMessage out, int type, int flags, int sequence, int family) {
        return out.begin(type, flags, sequence).u8(family).u8(0).u16(0);
    }

    @Override
    public void close() {
        socket.close();
    }
}

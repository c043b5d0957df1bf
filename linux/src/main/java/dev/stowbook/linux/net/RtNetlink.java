package dev.stowbook.linux.net;

import static dev.stowbook.linux.net.Rtnl.*;

import dev.stowbook.linux.LinuxException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** {@link Netlink} over a NETLINK_ROUTE socket. */
final class RtNetlink implements Netlink {
    private final NetlinkSocket socket;

    private RtNetlink(NetlinkSocket socket) {
        this.socket = socket;
    }

    static RtNetlink open() throws LinuxException {
        return new RtNetlink(NetlinkSocket.open(NetLibC.NETLINK_ROUTE));
    }

    @Override
    public void apply(List<LinkRequest> requests) throws LinuxException {
        socket.execute(requests.stream()
                .map(request -> new NetlinkSocket.Request(
                        LinkRequests.call(request),
                        request.target(),
                        (out, sequence) -> LinkRequests.write(out, request, sequence)))
                .toList());
    }

    @Override
    public Optional<Link> link(String name) throws LinuxException {
        return socket.ask(
                        new NetlinkSocket.Request("RTM_GETLINK", name, (out, sequence) -> out.begin(RTM_GETLINK, NLM_F_REQUEST, sequence)
                                .linkHeader(AF_UNSPEC, 0, 0, 0)
                                .attribute(IFLA_IFNAME, name)
                                .end()),
                        RTM_NEWLINK)
                .map(Replies::link);
    }

    @Override
    public List<Link> links() throws LinuxException {
        return dump(RTM_GETLINK, new DumpHeader.Links()).stream().map(Replies::link).toList();
    }

    @Override
    public List<LinkAddress> addresses() throws LinuxException {
        return dump(RTM_GETADDR, new DumpHeader.Addresses()).stream()
                .flatMap(payload -> Replies.address(payload).stream())
                .toList();
    }

    @Override
    public List<LinkAddress> groups6() throws LinuxException {
        return dump(RTM_GETMULTICAST, new DumpHeader.Groups6()).stream()
                .flatMap(payload -> Replies.group(payload).stream())
                .toList();
    }

    @Override
    public List<Route> routes() throws LinuxException {
        return dump(RTM_GETROUTE, new DumpHeader.Routes()).stream()
                .flatMap(payload -> Replies.route(payload).stream())
                .toList();
    }

    private List<ByteBuffer> dump(int type, DumpHeader header) throws LinuxException {
        return socket.dump(new NetlinkSocket.Request("dump", "message type " + type, (out, sequence) -> {
            header.write(out.begin(type, NLM_F_REQUEST | NLM_F_DUMP, sequence));
            out.end();
        }));
    }

    @Override
    public void close() {
        socket.close();
    }
}

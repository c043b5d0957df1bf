package dev.stowbook.linux.net;

import dev.stowbook.linux.LinuxException;
import java.util.List;
import java.util.Optional;

/**
 * Links, addresses and routes of one network namespace, over one rtnetlink(7) socket. Methods may be called from any thread and
 * exclude each other. The socket belongs for ever to the namespace it was opened in, whatever thread uses it.
 *
 * <p>Errors are {@link LinuxException}s with the message type as the call, and the kernel's own explanation (extended
 * acknowledgement, since Linux 4.12) in the target where it gave one. EAGAIN says that the kernel did not answer in ten seconds.
 */
public interface Netlink extends AutoCloseable {

    /** Opens a socket in the namespace of the calling thread. Needs CAP_NET_ADMIN there for changes. */
    static Netlink open() throws LinuxException {
        return RtNetlink.open();
    }

    /**
     * Opens a socket inside another namespace.
     *
     * @param namespaceFd an open descriptor of the namespace; borrowed for the call
     */
    static Netlink open(int namespaceFd) throws LinuxException {
        return NetworkNamespace.call(namespaceFd, RtNetlink::open);
    }

    /**
     * Carries out changes in one message to the kernel, in order. A process killed meanwhile has sent all or none. The kernel
     * goes on after a failed change; the first failure is thrown when all are done.
     */
    void apply(List<LinkRequest> requests) throws LinuxException;

    /** As {@link #apply(List)}. */
    default void apply(LinkRequest... requests) throws LinuxException {
        apply(List.of(requests));
    }

    /** The link of that name, if there is one. */
    Optional<Link> link(String name) throws LinuxException;

    /** All links, in the kernel's order. */
    List<Link> links() throws LinuxException;

    /** The IPv4 and IPv6 addresses of all links. */
    List<LinkAddress> addresses() throws LinuxException;

    /** The IPv6 multicast groups that links have joined, as addresses with a prefix of 128 bits. */
    List<LinkAddress> groups6() throws LinuxException;

    /** The IPv4 and IPv6 unicast routes of all tables but {@code local}. */
    List<Route> routes() throws LinuxException;

    /** Closes the socket. Idempotent. */
    @Override
    void close();
}

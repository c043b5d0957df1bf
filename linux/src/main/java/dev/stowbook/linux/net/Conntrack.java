package dev.stowbook.linux.net;

import dev.stowbook.linux.LinuxException;
import java.net.InetAddress;
import java.util.function.Predicate;

/**
 * The connection tracking table, IPv4 and IPv6, of one network namespace (linux/netfilter/nfnetlink_conntrack.h). Methods may be called
 * from any thread and exclude each other.
 */
public interface Conntrack extends AutoCloseable {

    /**
     * A flow: the packets between two ends.
     *
     * @param protocol IP protocol number: 6 for TCP, 17 for UDP
     * @param destination where its first packet was sent to
     * @param destinationPort the port there
     * @param answerer where its answers come from: differs from the destination if it was translated
     */
    record Flow(int protocol, InetAddress destination, int destinationPort, InetAddress answerer) {}

    /** Opens a socket in the namespace of the calling thread. Needs CAP_NET_ADMIN there. */
    static Conntrack open() throws LinuxException {
        return CtNetlink.open();
    }

    /**
     * Forgets flows: their next packet is looked at by the rules as a first one. Reads the whole table.
     *
     * @return how many were forgotten
     */
    int forget(Predicate<Flow> which) throws LinuxException;

    /** Closes the socket. Idempotent. */
    @Override
    void close();
}

package dev.stowbook.spi.network;

import dev.stowbook.spi.Driver;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Inspection;
import java.util.List;

/**
 * Joins sandboxes to networks. The three nouns are those of the container network model: a <em>sandbox</em> is a network
 * namespace, a <em>network</em> is what its members reach each other over, an <em>endpoint</em> is one sandbox's connection
 * to one network.
 *
 * <p>Addresses and ports are allocated by the daemon and come in the requests. Where the host disagrees, the driver answers
 * IN_USE and the daemon picks another. Link names derive from instance, endpoint and generation and have at most 15 bytes.
 *
 * <p>Threads: any worker; at most one call is in flight per network or endpoint. A driver never changes the namespaces of
 * the calling thread.
 */
public interface NetworkDriver extends Driver {

    /**
     * Makes a network: for a bridge, the link with the gateways' addresses, and the rules that isolate it. Called again, it restores what
     * is missing of it.
     *
     * @throws DriverException IN_USE if a subnet overlaps a route of the host; FOREIGN if the link's name is taken; INVALID for subnets that
     *     make no sense, or that are not those of the network that is there
     */
    NetworkState createNetwork(CreateNetworkRequest request) throws DriverException;

    /**
     * Removes a network and its rules. Absent is success.
     *
     * @throws DriverException BUSY while endpoints remain
     */
    void deleteNetwork(NetworkTarget target) throws DriverException;

    /**
     * Joins a sandbox to a network: makes the links, brings them up, and sets addresses and routes inside. The sandbox may be new or
     * have processes that run. Called again for an endpoint that is joined, it answers as the first time.
     *
     * @throws DriverException NOT_FOUND for the network; IN_USE if another holds an address; FOREIGN if the sandbox has a link of
     *     that name that is not this endpoint's; BUSY if this generation is joined elsewhere or otherwise
     */
    JoinResult join(JoinRequest request) throws DriverException;

    /**
     * Takes an endpoint out of its network, published ports included. The link of a sandbox that goes on is removed from it, with its
     * addresses and routes; one that lies in a namespace about to end may be left to the namespace. Absent is success.
     */
    void leave(LeaveRequest request) throws DriverException;

    /**
     * Publishes ports of a joined endpoint on addresses of the host: those that the kernel translates; see
     * {@link PublishRequest#translated}. All or none. The caller holds a socket bound to each.
     *
     * @throws DriverException IN_USE naming the address and port that another endpoint holds; INVALID for an address that is not the
     *     host's, or that an internal network can't be reached by; UNSUPPORTED for a protocol
     */
    void publish(PublishRequest request) throws DriverException;

    /** Withdraws every published port of an endpoint. Absent is success. */
    void unpublish(EndpointTarget target) throws DriverException;

    /** Says what is there of a network. Never mutates. */
    Inspection inspectNetwork(NetworkTarget target) throws DriverException;

    /** Says what is there of an endpoint: its link and its published ports. Never mutates. */
    Inspection inspectEndpoint(EndpointTarget target) throws DriverException;

    /** The networks and endpoints of our instance that the kernel has, sorted. */
    NetworkListing list() throws DriverException;

    /**
     * Restores what is missing of everything given, as after a foreign flush; what is already right stays as it is. What has gone as a
     * whole (no trace of the network, no joined endpoint) stays gone: it may have been removed since the request was made.
     *
     * @return what had to be restored, one sentence each; empty if nothing
     */
    List<String> repair(RepairRequest request) throws DriverException;
}

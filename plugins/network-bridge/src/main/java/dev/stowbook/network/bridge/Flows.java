package dev.stowbook.network.bridge;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.net.Conntrack;
import dev.stowbook.linux.net.IpAddresses;
import dev.stowbook.linux.net.LinkAddress;
import dev.stowbook.linux.net.Netlink;
import dev.stowbook.spi.network.PortMapping;
import dev.stowbook.spi.network.PublishedPort;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the kernel forget flows of before: it translates a flow's packets as it did the first. Each time the whole table is walked, which
 * takes 20 ms and more; so what need not be at once is done in the background, all that has come together in one walk.
 */
final class Flows implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Flows.class);
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final int IPPROTO_TCP = 6;
    private static final int IPPROTO_UDP = 17;

    private final Netlink host;
    private final Conntrack conntrack;
    private final List<PublishedPort> waiting = new ArrayList<>();
    private @Nullable Thread walker;

    Flows(Netlink host, Conntrack conntrack) {
        this.host = host;
        this.conntrack = conntrack;
    }

    /** What was sent to these ports before was a flow to the host itself, and would stay one: makes UDP senders start anew. */
    void published(List<PublishedPort> ports) throws LinuxException {
        List<PublishedPort> udp = ports.stream().filter(Flows::isUdp).toList();
        if (!udp.isEmpty()) {
            Set<InetAddress> own = host.addresses().stream().map(LinkAddress::address).collect(Collectors.toSet());
            conntrack.forget(flow -> own.contains(flow.destination()) && udp.stream().anyMatch(port -> isTo(flow, port)));
        }
    }

    /**
     * To the kernel a UDP sender that never pauses is one flow; it is forgotten at once. A TCP connection is one for days, which leads to
     * whoever has the address by then; it is forgotten soon.
     */
    void withdrawn(List<PublishedPort> ports) throws LinuxException {
        if (ports.stream().anyMatch(Flows::isUdp)) {
            forget(ports);
        } else if (!ports.isEmpty()) {
            later(ports);
        }
    }

    private synchronized void later(List<PublishedPort> ports) {
        waiting.addAll(ports);
        if (walker == null) {
            walker = Thread.ofPlatform().daemon().name("network-bridge-flows").start(this::walk);
        }
    }

    /** Waits a little first: pods that stop together share a walk. */
    private void walk() {
        LockSupport.parkNanos(PAUSE.toNanos());
        for (List<PublishedPort> next = next(); !next.isEmpty(); next = next()) {
            try {
                forget(next);
            } catch (LinuxException e) {
                LOG.warn("Flows to withdrawn ports could not be forgotten: {}", e.getMessage());
            }
        }
    }

    private synchronized List<PublishedPort> next() {
        List<PublishedPort> next = List.copyOf(waiting);
        waiting.clear();
        if (next.isEmpty()) {
            walker = null;
        }
        return next;
    }

    private void forget(List<PublishedPort> ports) throws LinuxException {
        conntrack.forget(flow -> ports.stream()
                .anyMatch(port -> isTo(flow, port) && IpAddresses.text(flow.answerer()).equals(port.address())));
    }

    private static boolean isUdp(PublishedPort port) {
        return port.port().protocol() == PortMapping.Protocol.UDP;
    }

    private static boolean isTo(Conntrack.Flow flow, PublishedPort published) {
        PortMapping port = published.port();
        return flow.protocol() == (isUdp(published) ? IPPROTO_UDP : IPPROTO_TCP)
                && flow.destinationPort() == port.hostPort()
                && (PublishedPorts.isAny(port) || IpAddresses.text(flow.destination()).equals(port.hostAddress()));
    }

    /** Waits for a walk that goes on. */
    @Override
    public void close() {
        Thread running;
        synchronized (this) {
            running = walker;
        }
        if (running != null) {
            LockSupport.unpark(running);
            try {
                running.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

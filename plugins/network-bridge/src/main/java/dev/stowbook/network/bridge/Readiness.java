package dev.stowbook.network.bridge;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.net.Link;
import dev.stowbook.linux.net.Netlink;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits for what the kernel does in the background once a link is up. Until then it drops packets, and whoever's first packet is dropped waits a
 * second before it sends again.
 */
final class Readiness {
    private static final int ATTEMPTS = 100;
    private static final Duration PAUSE = Duration.ofMillis(1);

    private Readiness() {}

    /** Until the kernel has noticed a carrier (linkwatch); asking for a single link makes it act at once since Linux 6.8. */
    static void awaitRunning(Netlink namespace, String name) throws LinuxException {
        await(() -> namespace.link(name).map(Link::running).orElse(true));
    }

    /** Until a link hears who asks for its address: neighbours ask by a multicast group (RFC 4861), which is joined by a work queue. */
    static void awaitHearing(Netlink namespace, int link, InetAddress address) throws LinuxException {
        InetAddress group = solicitedNode(address);
        await(() -> namespace.groups6().stream()
                .anyMatch(joined -> joined.linkIndex() == link && joined.address().equals(group)));
    }

    /** {@code ff02::1:ff00:2} for fd00:88::2 (RFC 4291 section 2.7.1). */
    private static InetAddress solicitedNode(InetAddress address) {
        byte[] group = {(byte) 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, (byte) 0xff, 0, 0, 0};
        System.arraycopy(address.getAddress(), 13, group, 13, 3);
        try {
            return InetAddress.getByAddress(group);
        } catch (UnknownHostException e) {
            throw new AssertionError("sixteen bytes are an address", e);
        }
    }

    private static void await(Condition condition) throws LinuxException {
        for (int attempt = 0; attempt < ATTEMPTS && !condition.holds(); attempt++) {
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private interface Condition {
        boolean holds() throws LinuxException;
    }
}

package dev.stowbook.network.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.net.NetworkNamespace;
import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.network.EndpointTarget;
import dev.stowbook.spi.network.NetworkDriver;
import dev.stowbook.spi.network.NetworkDriverProvider;
import dev.stowbook.spi.network.NetworkSubnet;
import dev.stowbook.spi.network.NetworkTarget;
import dev.stowbook.spi.network.PortMapping;
import dev.stowbook.spi.network.PortMapping.Protocol;
import dev.stowbook.testkit.network.NetworkDriverHarness;
import dev.stowbook.testkit.network.Sandbox;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Who reaches whom by IPv6, forwarded link by link as Linux can since 6.17, and by the whole host as before. */
class BridgeIpv6Test extends NetworkDriverHarness {
    private static final String HOST = "198.51.100.1";
    private static final String OUTSIDE = "198.51.100.254";
    private static final Optional<String> NOBODY = Optional.empty();
    private static final boolean BY_LINK = LinkSetting.FORCE_FORWARDING6.exists(LinkSetting.ALL);

    @Override
    protected NetworkDriverProvider provider() {
        return new BridgeNetworkDriverProvider();
    }

    @Test
    void d8_aContainerReachesOutAndAHostPortReachesInByIpv6UntilItIsUnpublished() throws Exception {
        for (NetworkDriver each : ways()) {
            Outside outside = outside();
            closeAfterTest(outside.machine().serve("outside", 7000));
            each.createNetwork(dualNetwork());
            try (Sandbox web = Sandbox.create();
                    AutoCloseable server = web.serve("web", 80)) {
                each.join(joinDual(1, web, FIRST, FIRST6));
                assertEquals(Optional.of("outside saw " + six(HOST)), web.fetch(six(OUTSIDE), 7000), "masqueraded as the host");
                assertEquals(Optional.of("outside saw " + HOST), web.fetch(OUTSIDE, 7000));

                each.publish(publishDual(
                        1,
                        new PortMapping("::", 18080, 80, Protocol.TCP),
                        new PortMapping(six(HOST), 18082, 80, Protocol.TCP)));
                assertEquals(Optional.of("web saw " + six(OUTSIDE)), outside.machine().fetch(six(HOST), 18080), "the client's address is kept");
                assertEquals(Optional.of("web saw " + six(OUTSIDE)), outside.machine().fetch(six(HOST), 18082));
                assertEquals(NOBODY, outside.machine().fetch(HOST, 18080), "of IPv6 alone");
                assertTrue(Sandbox.fetchHere(six(HOST), 18080).isPresent());
                assertEquals(Optional.of("web saw " + GATEWAY6), web.fetch(six(HOST), 18080), "its own published port");
                assertEquals(Optional.of("web saw " + GATEWAY6), web.fetch(GATEWAY6, 18080));

                each.unpublish(new EndpointTarget(id(1), 1, "op"));
                assertEquals(NOBODY, outside.machine().fetch(six(HOST), 18080));
                assertEquals(NOBODY, outside.machine().fetch(six(HOST), 18082));
                each.leave(leave(1, 1));
            }
            each.deleteNetwork(new NetworkTarget(id(1), "op"));
            each.close();
            outside.end();
        }
        driver = reopened();
    }

    @Test
    void anInternalNetworkReachesNothingOutsideByIpv6EvenOnARouter() throws Exception {
        Outside outside = outside();
        closeAfterTest(outside.machine().serve("outside", 7000));
        driver.createNetwork(network(1, true, new NetworkSubnet(SUBNET6, GATEWAY6)));
        Sandbox one = sandbox();
        driver.join(join(1, 1, 1, one, "eth0", new dev.stowbook.spi.network.EndpointAddress(FIRST6, GATEWAY6)));
        Files.writeString(Path.of("/proc/sys/net/ipv6/conf/all/forwarding"), "1");
        assertEquals(NOBODY, one.fetch(six(OUTSIDE), 7000));
        Files.writeString(Path.of("/proc/sys/net/ipv6/conf/all/forwarding"), "0");
        refused(
                DriverErrorCode.INVALID,
                () -> driver.publish(publishDual(1, new PortMapping("::", 18081, 80, Protocol.TCP))));
    }

    @Test
    void aPortThatIsNotPublishedIsOutOfReachForAMachineWithARoute() throws Exception {
        for (NetworkDriver each : ways()) {
            Outside outside = outside();
            each.createNetwork(dualNetwork());
            try (Sandbox web = Sandbox.create();
                    AutoCloseable server = web.serve("web", 80)) {
                each.join(joinDual(1, web, FIRST, FIRST6));
                outside.machine().run("busybox", "ip", "-6", "route", "add", SUBNET6, "via", six(HOST));
                assertEquals(NOBODY, outside.machine().fetch("fd00:213:7::2", 80));
                assertEquals(Optional.of("web saw ::1"), web.fetch("::1", 80));
                each.leave(leave(1, 1));
            }
            each.deleteNetwork(new NetworkTarget(id(1), "op"));
            each.close();
            outside.end();
        }
        driver = reopened();
    }

    @Test
    void theHostDoesNotBecomeARouterOfIpv6BetweenItsOtherLinks() throws Exception {
        for (NetworkDriver each : ways()) {
            Outside outside = outside();
            Outside lan = Outside.connect("lan0", "203.0.113.1", "203.0.113.2", false);
            AutoCloseable server = lan.machine().serve("lan", 80);
            outside.machine().run("busybox", "ip", "-6", "route", "add", "2001:db8:cb00:71::/64", "via", six(HOST));
            lan.machine().run("busybox", "ip", "-6", "route", "add", "2001:db8:c633:64::/64", "via", six("203.0.113.1"));
            each.createNetwork(dualNetwork());
            assertEquals(NOBODY, outside.machine().fetch(six("203.0.113.2"), 80));
            each.deleteNetwork(new NetworkTarget(id(1), "op"));
            // The way is there: only the rules stood in it.
            Files.writeString(Path.of("/proc/sys/net/ipv6/conf/all/forwarding"), "1");
            assertEquals(Optional.of("lan saw " + six(OUTSIDE)), outside.machine().fetch(six("203.0.113.2"), 80));
            Files.writeString(Path.of("/proc/sys/net/ipv6/conf/all/forwarding"), "0");
            each.close();
            server.close();
            lan.end();
            outside.end();
        }
        driver = reopened();
    }

    @Test
    void forwardingOfIpv6IsOnWhileANetworkNeedsItAndIsPutBackAfterACrashToo() throws Exception {
        Outside outside = outside();
        driver.close();
        for (boolean byLink : BY_LINK ? List.of(true, false) : List.of(false)) {
            NetworkDriver first = open(instance, byLink);
            first.createNetwork(network(3, SUBNET, GATEWAY));
            assertEquals("0", Outside.setting6("all", "forwarding"), "a network of IPv4 needs none");
            first.createNetwork(network(1, false, new NetworkSubnet(SUBNET6, GATEWAY6)));
            assertEquals(byLink ? "0" : "1", Outside.setting6("all", "forwarding"), "the whole host only if it can't be one link");
            assertEquals("1", Outside.setting6("uplink0", byLink ? "force_forwarding" : "forwarding"));
            assertEquals(byLink ? "1" : "2", Outside.setting6("uplink0", "accept_ra"), "advertisements are still heard");
            try (NetworkDriver other = open("00000000beef", byLink)) {
                other.createNetwork(network(2, false, new NetworkSubnet("fd00:213:8::/64", "fd00:213:8::1")));
                first.close(); // as if killed: nothing is undone
                NetworkDriver again = open(instance, byLink);
                again.deleteNetwork(new NetworkTarget(id(1), "op"));
                again.deleteNetwork(new NetworkTarget(id(3), "op"));
                again.close();
                assertEquals("1", Outside.setting6("uplink0", byLink ? "force_forwarding" : "forwarding"), "the other still needs it");
                assertEquals(byLink ? "1" : "2", Outside.setting6("uplink0", "accept_ra"));
                other.deleteNetwork(new NetworkTarget(id(2), "op"));
            }
            assertEquals("0", Outside.setting6("all", "forwarding"));
            assertEquals("0", Outside.setting6("uplink0", "forwarding"));
            assertEquals("1", Outside.setting6("uplink0", "accept_ra"));
        }
        assertFalse(BY_LINK && Outside.setting6("uplink0", "force_forwarding").equals("1"));
        outside.end();
        driver = reopened();
    }

    @Test
    void forwardingThatTheAdministratorSwitchedOnStaysOn() throws Exception {
        Outside outside = outside();
        Path all = Path.of("/proc/sys/net/ipv6/conf/all/forwarding");
        Files.writeString(all, "1");
        driver.close();
        NetworkDriver whole = open(instance, false);
        whole.createNetwork(dualNetwork());
        whole.deleteNetwork(new NetworkTarget(id(1), "op"));
        whole.close();
        assertEquals("1", Files.readString(all).strip());
        assertEquals("1", Outside.setting6("uplink0", "accept_ra"));
        Files.writeString(all, "0");
        outside.end();
        driver = reopened();
    }

    @Test
    void nobodyInANetworkTellsTheHostOrAContainerWhereItsRouterIs() throws Exception {
        String bridge = driver.createNetwork(dualNetwork()).linkName();
        assertEquals("0", Outside.setting6(bridge, "accept_ra"), "CVE-2020-13401");
        Sandbox one = sandbox();
        driver.join(joinDual(1, one, FIRST, FIRST6));
        assertEquals("0", NetworkNamespace.call(one.fd(), () -> Outside.setting6("eth0", "accept_ra")));
    }

    @Test
    void udpOfIpv6IsPublishedAndASenderThatNeverPausesFollowsItsPort() throws Exception {
        Outside outside = outside();
        driver.createNetwork(dualNetwork());
        Sandbox first = sandbox();
        Sandbox second = sandbox();
        driver.join(joinDual(1, first, FIRST, FIRST6));
        driver.join(joinDual(2, second, SECOND, SECOND6));
        PortMapping port = new PortMapping(six(HOST), 10053, 53, Protocol.UDP);
        try (DatagramSocket one = NetworkNamespace.call(first.fd(), () -> new DatagramSocket(53));
                DatagramSocket two = NetworkNamespace.call(second.fd(), () -> new DatagramSocket(53));
                DatagramSocket sender = NetworkNamespace.call(outside.machine().fd(), () -> new DatagramSocket())) {
            driver.publish(publishDual(1, port));
            assertTrue(arrives(sender, one));
            driver.unpublish(new EndpointTarget(id(1), 1, "op"));
            assertFalse(arrives(sender, one), "withdrawn for open flows, too");
            driver.publish(publishDual(2, port));
            assertTrue(arrives(sender, two));
        }
    }

    /** Both ways of forwarding, where the kernel has both; each is opened when its turn comes. */
    private List<NetworkDriver> ways() throws Exception {
        driver.close();
        return BY_LINK ? List.of(open(instance, true), open("00000000cafe", false)) : List.of(open(instance, false));
    }

    private NetworkDriver open(String instanceId, boolean byLink) throws Exception {
        DriverContext context = context(instanceId);
        try {
            return BridgeNetworkDriver.open(context, Resolvers.ofHost(), byLink);
        } catch (DriverException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    private static String six(String address) throws Exception {
        return Outside.six(address);
    }

    private Outside outside() throws Exception {
        Outside outside = Outside.connect("uplink0", HOST, OUTSIDE, true);
        closeAfterTest(outside);
        return outside;
    }

    private static boolean arrives(DatagramSocket sender, DatagramSocket receiver) throws Exception {
        sender.send(new DatagramPacket(new byte[] {1}, 1, InetAddress.getByName(six(HOST)), 10053));
        receiver.setSoTimeout(300);
        try {
            receiver.receive(new DatagramPacket(new byte[1], 1));
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }
}

package dev.stowbook.network.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.net.Conntrack;
import dev.stowbook.linux.net.NetworkNamespace;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.network.EndpointAddress;
import dev.stowbook.spi.network.EndpointTarget;
import dev.stowbook.spi.network.NetworkDriver;
import dev.stowbook.spi.network.NetworkDriverProvider;
import dev.stowbook.spi.network.NetworkSubnet;
import dev.stowbook.spi.network.NetworkTarget;
import dev.stowbook.spi.network.PortMapping;
import dev.stowbook.spi.network.PortMapping.Protocol;
import dev.stowbook.spi.network.PublishRequest;
import dev.stowbook.testkit.network.NetworkDriverHarness;
import dev.stowbook.testkit.network.Sandbox;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Who reaches whom, shown by packets. */
class BridgeTrafficTest extends NetworkDriverHarness {
    private static final String HOST = "198.51.100.1";
    private static final String OUTSIDE = "198.51.100.254";
    private static final Optional<String> NOBODY = Optional.empty();

    @Override
    protected NetworkDriverProvider provider() {
        return new BridgeNetworkDriverProvider();
    }

    @Test
    void d8_aContainerReachesOutAndAHostPortReachesInUntilItIsUnpublished() throws Exception {
        Outside outside = outside();
        closeAfterTest(outside.machine().serve("outside", 7000));
        Sandbox web = served("web", 1, FIRST);
        assertEquals(Optional.of("outside saw " + HOST), web.fetch(OUTSIDE, 7000), "masqueraded as the host");

        driver.publish(publish(
                1,
                "10.213.7.2",
                new PortMapping("0.0.0.0", 18080, 80, Protocol.TCP),
                new PortMapping("127.0.0.1", 18081, 80, Protocol.TCP),
                new PortMapping(HOST, 18082, 80, Protocol.TCP)));
        assertEquals(Optional.of("web saw " + OUTSIDE), outside.machine().fetch(HOST, 18080), "the client's address is kept");
        assertEquals(Optional.of("web saw " + OUTSIDE), outside.machine().fetch(HOST, 18082));
        assertEquals(NOBODY, outside.machine().fetch(HOST, 18081), "loopback is not for outside");
        assertEquals(Optional.of("web saw " + GATEWAY), Sandbox.fetchHere("127.0.0.1", 18080));
        assertEquals(Optional.of("web saw " + GATEWAY), Sandbox.fetchHere("127.0.0.1", 18081));
        assertTrue(Sandbox.fetchHere(HOST, 18082).isPresent());
        assertEquals(NOBODY, Sandbox.fetchHere("127.0.0.1", 18082), "published on one address only");

        driver.unpublish(new EndpointTarget(id(1), 1, "op"));
        assertEquals(NOBODY, outside.machine().fetch(HOST, 18080));
        assertEquals(NOBODY, outside.machine().fetch(HOST, 18082));
        assertEquals(NOBODY, Sandbox.fetchHere("127.0.0.1", 18080));
        assertEquals(NOBODY, Sandbox.fetchHere("127.0.0.1", 18081));
    }

    @Test
    void d8_twoNetworksAreIsolatedButForPublishedPorts() throws Exception {
        outside();
        Sandbox one = served("one", 1, FIRST);
        driver.createNetwork(network(2, "10.213.8.0/24", "10.213.8.1"));
        Sandbox two = sandbox();
        driver.join(join(2, 1, 2, two, "eth0", new EndpointAddress("10.213.8.2/24", "10.213.8.1")));
        closeAfterTest(two.serve("two", 80));

        assertEquals(NOBODY, two.fetch("10.213.7.2", 80));
        assertEquals(NOBODY, one.fetch("10.213.8.2", 80));
        assertTrue(refusedAtOnce(two, "10.213.7.2"), "a client is told, not left to wait");
        assertEquals(Optional.of("one saw 127.0.0.1"), one.fetch("127.0.0.1", 80), "the servers do answer");
        driver.publish(publish(1, "10.213.7.2", new PortMapping("0.0.0.0", 18080, 80, Protocol.TCP)));
        assertTrue(two.fetch(HOST, 18080).orElse("").startsWith("one saw "), "a published port is for everybody");
        assertEquals(NOBODY, two.fetch("10.213.7.2", 80));
    }

    @Test
    void d8_twoInstancesNetworksAreIsolated() throws Exception {
        Sandbox one = served("one", 1, FIRST);
        try (NetworkDriver other = provider().open(context("00000000beef"))) {
            other.createNetwork(network(2, "10.213.8.0/24", "10.213.8.1"));
            Sandbox two = sandbox();
            other.join(join(2, 1, 2, two, "eth0", new EndpointAddress("10.213.8.2/24", "10.213.8.1")));
            closeAfterTest(two.serve("two", 80));
            assertEquals(NOBODY, two.fetch("10.213.7.2", 80));
            assertEquals(NOBODY, one.fetch("10.213.8.2", 80));
            other.leave(leave(2, 1));
            other.deleteNetwork(new NetworkTarget(id(2), "op"));
        }
    }

    @Test
    void anInternalNetworkReachesItsMembersOnlyAndPublishesOnLoopbackOnly() throws Exception {
        Outside outside = outside();
        closeAfterTest(outside.machine().serve("outside", 7000));
        driver.createNetwork(network(1, true, new NetworkSubnet(SUBNET, GATEWAY)));
        Sandbox one = sandbox();
        Sandbox two = sandbox();
        driver.join(join(1, 1, one, FIRST));
        driver.join(join(2, 1, two, SECOND));
        closeAfterTest(one.serve("one", 80));
        assertEquals(Optional.of("one saw 10.213.7.3"), two.fetch("10.213.7.2", 80));
        assertEquals(NOBODY, one.fetch(OUTSIDE, 7000));
        // Even if somebody turns on forwarding everywhere, the rules hold.
        Files.writeString(Path.of("/proc/sys/net/ipv4/ip_forward"), "1");
        assertEquals(NOBODY, one.fetch(OUTSIDE, 7000));
        assertFalse(datagramArrives(one, outside.machine()), "not even one way");
        Files.writeString(Path.of("/proc/sys/net/ipv4/ip_forward"), "0");

        driver.publish(publish(1, "10.213.7.2", new PortMapping("127.0.0.1", 18080, 80, Protocol.TCP)));
        assertEquals(Optional.of("one saw " + GATEWAY), Sandbox.fetchHere("127.0.0.1", 18080));
        refused(
                DriverErrorCode.INVALID,
                () -> driver.publish(publish(1, "10.213.7.2", new PortMapping("0.0.0.0", 18081, 80, Protocol.TCP))));
    }

    @Test
    void aContainerReachesItsOwnPublishedPort() throws Exception {
        outside();
        Sandbox web = served("web", 1, FIRST);
        driver.publish(publish(1, "10.213.7.2", new PortMapping("0.0.0.0", 18080, 80, Protocol.TCP)));
        assertEquals(Optional.of("web saw " + GATEWAY), web.fetch(HOST, 18080));
        assertEquals(Optional.of("web saw " + GATEWAY), web.fetch(GATEWAY, 18080));
        Sandbox neighbour = sandbox();
        driver.join(join(2, 1, neighbour, SECOND));
        assertEquals(Optional.of("web saw " + GATEWAY), neighbour.fetch(HOST, 18080));
    }

    @Test
    void theFirstPacketAfterAJoinIsNotLost() throws Exception {
        for (int generation = 1; generation <= 12; generation++) {
            driver.createNetwork(network(1, SUBNET, GATEWAY));
            if (generation == 7) {
                driver.join(join(2, 1, sandbox(), SECOND)); // from here on the bridge stays, with a carrier
            }
            try (Sandbox web = Sandbox.create();
                    AutoCloseable server = web.serve("web", 80)) {
                driver.join(join(1, generation, web, FIRST));
                // A lost packet is sent again after a second, which is longer than fetch waits.
                assertEquals(Optional.of("web saw " + GATEWAY), Sandbox.fetchHere("10.213.7.2", 80), "generation " + generation);
                driver.leave(leave(1, generation));
            }
            if (generation < 7) {
                driver.deleteNetwork(new NetworkTarget(id(1), "op"));
            }
        }
    }

    @Test
    void udpIsPublishedToo() throws Exception {
        Outside outside = outside();
        Sandbox web = served("web", 1, FIRST);
        DatagramSocket server = NetworkNamespace.call(web.fd(), () -> new DatagramSocket(53));
        closeAfterTest(server);
        Thread.ofPlatform().daemon().start(() -> echo(server));
        driver.publish(publish(1, "10.213.7.2", new PortMapping(HOST, 10053, 53, Protocol.UDP)));
        assertEquals("ping", NetworkNamespace.call(outside.machine().fd(), () -> askUdp(HOST, 10053)));
    }

    @Test
    void aUdpSenderThatNeverPausesFollowsItsPortToTheNextEndpoint() throws Exception {
        Outside outside = outside();
        Sandbox first = served("first", 1, FIRST);
        Sandbox second = served("second", 2, SECOND);
        PortMapping port = new PortMapping(HOST, 10053, 53, Protocol.UDP);
        try (DatagramSocket one = NetworkNamespace.call(first.fd(), () -> new DatagramSocket(53));
                DatagramSocket two = NetworkNamespace.call(second.fd(), () -> new DatagramSocket(53));
                DatagramSocket sender = NetworkNamespace.call(outside.machine().fd(), () -> new DatagramSocket())) {
            driver.publish(publish(1, "10.213.7.2", port));
            assertTrue(arrives(sender, one, 30_000));
            driver.unpublish(new EndpointTarget(id(1), 1, "op"));
            assertFalse(arrives(sender, one, 300), "withdrawn for open flows, too");
            driver.publish(publish(2, "10.213.7.3", port));
            assertTrue(arrives(sender, two, 30_000), "though what was sent meanwhile was a flow to the host itself");
        }
    }

    @Test
    void aConnectionThroughAWithdrawnPortIsForgottenSoThatItLeadsToNobodyElse() throws Exception {
        Outside outside = outside();
        Sandbox web = served("web", 1, FIRST);
        ServerSocket quiet = NetworkNamespace.call(web.fd(), () -> new ServerSocket(81));
        closeAfterTest(quiet);
        driver.publish(publish(1, "10.213.7.2", new PortMapping(HOST, 18081, 81, Protocol.TCP)));
        Socket client = NetworkNamespace.call(outside.machine().fd(), () -> {
            Socket socket = new Socket();
            socket.connect(new InetSocketAddress(HOST, 18081), 700);
            return socket;
        });
        closeAfterTest(client);
        assertEquals(1, flowsTo("10.213.7.2"));
        driver.unpublish(new EndpointTarget(id(1), 1, "op"));
        driver.close();
        assertEquals(0, flowsTo("10.213.7.2"));
        driver = reopened();
    }

    /** Connections that the kernel translates to an address. */
    private static int flowsTo(String address) throws Exception {
        List<String> found = new java.util.ArrayList<>();
        try (Conntrack conntrack = Conntrack.open()) {
            conntrack.forget(flow -> {
                if (flow.protocol() == 6 && flow.answerer().getHostAddress().equals(address)) {
                    found.add(flow.toString());
                }
                return false;
            });
        }
        return found.size();
    }

    @Test
    void aPortThatIsNotPublishedIsOutOfReachEvenForAMachineWithARoute() throws Exception {
        Outside outside = outside();
        Sandbox web = served("web", 1, FIRST);
        outside.machine().run("busybox", "ip", "route", "add", SUBNET, "via", HOST);
        assertEquals(NOBODY, outside.machine().fetch("10.213.7.2", 80));
        assertEquals(Optional.of("web saw 127.0.0.1"), web.fetch("127.0.0.1", 80));
    }

    @Test
    void aPortPublishedOnLoopbackIsOutOfReachForAMachineThatSendsLoopbackAddressesOverTheWire() throws Exception {
        Outside outside = outside();
        served("web", 1, FIRST);
        driver.publish(publish(1, "10.213.7.2", new PortMapping("127.0.0.1", 18080, 80, Protocol.TCP)));
        sendLoopbackOver(outside.machine(), "wire", HOST);
        assertEquals(NOBODY, outside.machine().fetch("127.0.0.1", 18080));
    }

    @Test
    void aContainerCannotReachTheHostsLoopbackServices() throws Exception {
        Sandbox web = served("web", 1, FIRST);
        try (ServerSocket secret = new ServerSocket()) {
            secret.bind(new InetSocketAddress("127.0.0.1", 18099));
            sendLoopbackOver(web, "eth0", GATEWAY);
            assertEquals(NOBODY, web.fetch("127.0.0.1", 18099));
            secret.setSoTimeout(50);
            boolean reached = true;
            try {
                secret.accept().close();
            } catch (SocketTimeoutException e) {
                reached = false;
            }
            assertFalse(reached);
        }
    }

    @Test
    void theHostDoesNotBecomeARouterBetweenItsOtherLinks() throws Exception {
        Outside outside = outside();
        Outside lan = Outside.connect("lan0", "203.0.113.1", "203.0.113.2", false);
        closeAfterTest(lan);
        closeAfterTest(lan.machine().serve("lan", 80));
        outside.machine().run("busybox", "ip", "route", "add", "203.0.113.0/24", "via", HOST);
        lan.machine().run("busybox", "ip", "route", "add", "198.51.100.0/24", "via", "203.0.113.1");
        served("web", 1, FIRST);
        assertTrue(outside.forwarding());
        assertEquals(NOBODY, outside.machine().fetch("203.0.113.2", 80));
        // The guard alone holds: with forwarding on both links, a new connection of others is dropped.
        lan.setForwarding(true);
        assertEquals(NOBODY, outside.machine().fetch("203.0.113.2", 80));
        lan.setForwarding(false);
    }

    @Test
    void forwardingOfTheUplinkIsOnWhileANetworkNeedsItAndNothingGlobalChanges() throws Exception {
        Outside outside = outside();
        String global = globalForwarding();
        driver.createNetwork(network(3, true, new NetworkSubnet("10.213.9.0/24", "10.213.9.1")));
        assertFalse(outside.forwarding(), "an internal network needs none");
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        assertTrue(outside.forwarding());
        assertEquals(global, globalForwarding());
        try (NetworkDriver other = provider().open(context("00000000beef"))) {
            other.createNetwork(network(2, "10.213.8.0/24", "10.213.8.1"));
            driver.deleteNetwork(new NetworkTarget(id(1), "op"));
            assertTrue(outside.forwarding(), "the other instance still needs it");
            other.deleteNetwork(new NetworkTarget(id(2), "op"));
        }
        assertFalse(outside.forwarding());
        assertEquals(global, globalForwarding());
    }

    @Test
    void forwardingThatTheAdministratorSwitchedOnStaysOn() throws Exception {
        Outside outside = outside();
        outside.setForwarding(true);
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        driver.deleteNetwork(new NetworkTarget(id(1), "op"));
        assertTrue(outside.forwarding());
    }

    @Test
    void publishingOnAnAddressOfAnotherLinkSwitchesThatLinkOnAndAnUnknownAddressIsRefused() throws Exception {
        outside();
        Outside lan = Outside.connect("lan0", "203.0.113.1", "203.0.113.2", false);
        closeAfterTest(lan);
        served("web", 1, FIRST);
        assertFalse(lan.forwarding());
        driver.publish(publish(1, "10.213.7.2", new PortMapping("203.0.113.1", 18080, 80, Protocol.TCP)));
        assertTrue(lan.forwarding());
        assertEquals(Optional.of("web saw 203.0.113.2"), lan.machine().fetch("203.0.113.1", 18080));
        refused(
                DriverErrorCode.INVALID,
                () -> driver.publish(publish(1, "10.213.7.2", new PortMapping("192.0.2.99", 18081, 80, Protocol.TCP))));
        driver.leave(leave(1, 1));
        driver.deleteNetwork(new NetworkTarget(id(1), "op"));
        assertFalse(lan.forwarding());
    }

    private Outside outside() throws Exception {
        Outside outside = Outside.connect("uplink0", HOST, OUTSIDE, true);
        closeAfterTest(outside);
        return outside;
    }

    /** A member of network 1, made if need be, with a server on port 80. */
    private Sandbox served(String name, int endpoint, String address) throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox sandbox = sandbox();
        driver.join(join(endpoint, 1, sandbox, address));
        closeAfterTest(sandbox.serve(name, 80));
        return sandbox;
    }

    /** Makes a namespace send 127.0.0.0/8 over a link instead of keeping it, as an attacker's machine could. */
    private static void sendLoopbackOver(Sandbox sandbox, String link, String gateway) throws Exception {
        sandbox.run("busybox", "ip", "address", "del", "127.0.0.1/8", "dev", "lo");
        NetworkNamespace.call(sandbox.fd(), () -> Files.writeString(
                Path.of("/proc/sys/net/ipv4/conf", link, "route_localnet"), "1"));
        sandbox.run("busybox", "ip", "route", "add", "127.0.0.0/8", "via", gateway, "dev", link);
    }

    private static String globalForwarding() throws Exception {
        StringBuilder text = new StringBuilder();
        for (String file : List.of("ip_forward", "conf/all/forwarding", "conf/default/forwarding", "conf/all/route_localnet")) {
            text.append(Files.readString(Path.of("/proc/sys/net/ipv4", file)));
        }
        return text.toString();
    }

    private static boolean refusedAtOnce(Sandbox from, String address) throws Exception {
        return NetworkNamespace.call(from.fd(), () -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(address, 80), 700);
                return false;
            } catch (SocketTimeoutException e) {
                return false;
            } catch (IOException e) {
                return true;
            }
        });
    }

    /** Sends from one and the same port to the published one. */
    private static boolean arrives(DatagramSocket sender, DatagramSocket receiver, int millis) throws Exception {
        sender.send(new DatagramPacket(new byte[] {1}, 1, InetAddress.getByName(HOST), 10053));
        receiver.setSoTimeout(millis);
        try {
            receiver.receive(new DatagramPacket(new byte[1], 1));
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    private static boolean datagramArrives(Sandbox from, Sandbox to) throws Exception {
        try (DatagramSocket receiver = NetworkNamespace.call(to.fd(), () -> new DatagramSocket(7001));
                DatagramSocket sender = NetworkNamespace.call(from.fd(), () -> new DatagramSocket())) {
            receiver.setSoTimeout(300);
            sender.send(new DatagramPacket(new byte[] {1}, 1, InetAddress.getByName(OUTSIDE), 7001));
            receiver.receive(new DatagramPacket(new byte[1], 1));
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    private static void echo(DatagramSocket server) {
        DatagramPacket packet = new DatagramPacket(new byte[64], 64);
        try {
            server.receive(packet);
            server.send(packet);
        } catch (IOException e) {
            return; // closed by the end of the test; the client's time-out tells
        }
    }

    private static String askUdp(String address, int port) throws Exception {
        try (DatagramSocket client = new DatagramSocket()) {
            client.setSoTimeout(30_000);
            byte[] ping = "ping".getBytes(StandardCharsets.UTF_8);
            client.send(new DatagramPacket(ping, ping.length, InetAddress.getByName(address), port));
            DatagramPacket answer = new DatagramPacket(new byte[64], 64);
            client.receive(answer);
            return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
        }
    }
}

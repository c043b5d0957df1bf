package dev.stowbook.testkit.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stowbook.linux.net.IpAddresses;
import dev.stowbook.linux.net.Link;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.network.CreateNetworkRequest;
import dev.stowbook.spi.network.EndpointAddress;
import dev.stowbook.spi.network.EndpointTarget;
import dev.stowbook.spi.network.JoinRequest;
import dev.stowbook.spi.network.JoinResult;
import dev.stowbook.spi.network.LeaveRequest;
import dev.stowbook.spi.network.NetworkCapability;
import dev.stowbook.spi.network.NetworkSubnet;
import dev.stowbook.spi.network.NetworkTarget;
import dev.stowbook.spi.network.PortMapping;
import dev.stowbook.spi.network.PortMapping.Protocol;
import dev.stowbook.spi.network.PublishRequest;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** The part of the contract about both families, several networks of one sandbox, and sandboxes that go on. */
public abstract class NetworkFamiliesContract extends NetworkDriverHarness {
    private static final NetworkSubnet OTHER = new NetworkSubnet("10.213.8.0/24", "10.213.8.1");
    private static final NetworkSubnet OTHER6 = new NetworkSubnet("fd00:213:8::/64", "fd00:213:8::1");
    private static final Optional<String> NOBODY = Optional.empty();

    @Test
    void membersOfANetworkWithBothFamiliesReachEachOtherByBothAtOnce() throws Exception {
        if (lacks(NetworkCapability.IPV6)) {
            refused(DriverErrorCode.UNSUPPORTED, () -> driver.createNetwork(dualNetwork()));
            return;
        }
        driver.createNetwork(dualNetwork());
        Sandbox one = sandbox();
        Sandbox two = sandbox();
        closeAfterTest(one.serve("one", 80));
        JoinResult joined = driver.join(joinDual(1, one, FIRST, FIRST6));
        driver.join(joinDual(2, two, SECOND, SECOND6));
        assertEquals(Optional.of("one saw fd00:213:7::3"), two.fetch("fd00:213:7::2", 80), "no address waits to be found unique");
        assertEquals(Optional.of("one saw 10.213.7.3"), two.fetch("10.213.7.2", 80));
        assertEquals(Optional.of("one saw " + GATEWAY6), Sandbox.fetchHere("fd00:213:7::2", 80));

        assertEquals(List.of(FIRST, FIRST6), joined.addresses());
        assertTrue(addresses(one).containsAll(List.of(FIRST, FIRST6)), addresses(one).toString());
        assertEquals(List.of(GATEWAY, GATEWAY6), gateways(one));
        assertEquals(joined, driver.join(joinDual(1, one, FIRST, FIRST6)), "the second join answers as the first");
        driver.close();
        driver = reopened();
        assertEquals(List.of(FIRST, FIRST6), driver.list().endpoints().stream()
                .filter(endpoint -> endpoint.endpointId().equals(id(1)))
                .findFirst()
                .orElseThrow()
                .addresses());
        refused(DriverErrorCode.IN_USE, () -> driver.join(joinDual(3, sandbox(), "10.213.7.9/24", FIRST6)));
    }

    @Test
    void aNetworkMayHaveIpv6Only() throws Exception {
        assumeTrue(!lacks(NetworkCapability.IPV6));
        driver.createNetwork(network(1, false, new NetworkSubnet(SUBNET6, GATEWAY6)));
        Sandbox one = sandbox();
        Sandbox two = sandbox();
        closeAfterTest(one.serve("one", 80));
        driver.join(join(1, 1, 1, one, "eth0", new EndpointAddress(FIRST6, GATEWAY6)));
        driver.join(join(2, 1, 1, two, "eth0", new EndpointAddress(SECOND6, GATEWAY6)));
        assertEquals(Optional.of("one saw fd00:213:7::3"), two.fetch("fd00:213:7::2", 80));
        assertEquals(List.of(GATEWAY6), gateways(one));
    }

    @Test
    void aNetworkWithoutIpv6HasNoneAtAll() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox one = sandbox();
        driver.join(join(1, 1, one, FIRST));
        assertEquals(List.of("127.0.0.1/8", "::1/128", FIRST), addresses(one).stream().sorted(this::loopbackFirst).toList());
    }

    @Test
    void networksAreIsolatedUnlessBothAreNot() throws Exception {
        assumeTrue(!lacks(NetworkCapability.IPV6));
        for (boolean isolated : List.of(true, false)) {
            driver.createNetwork(both(1, isolated, new NetworkSubnet(SUBNET, GATEWAY), new NetworkSubnet(SUBNET6, GATEWAY6)));
            driver.createNetwork(both(2, false, OTHER, OTHER6));
            try (Sandbox one = Sandbox.create();
                    Sandbox two = Sandbox.create();
                    AutoCloseable server = one.serve("one", 80)) {
                int generation = isolated ? 1 : 2;
                driver.join(new JoinRequest(
                        id(1), generation, id(1), one.fd(), dual(FIRST, GATEWAY, FIRST6, GATEWAY6), true,
                        OptionalInt.empty(), Optional.empty(), "eth0", "op"));
                driver.join(new JoinRequest(
                        id(2), generation, id(2), two.fd(), dual("10.213.8.2/24", OTHER.gateway(), "fd00:213:8::2/64", OTHER6.gateway()),
                        true, OptionalInt.empty(), Optional.empty(), "eth0", "op"));
                assertEquals(isolated ? NOBODY : Optional.of("one saw 10.213.8.2"), two.fetch("10.213.7.2", 80));
                assertEquals(isolated ? NOBODY : Optional.of("one saw fd00:213:8::2"), two.fetch("fd00:213:7::2", 80));
                driver.leave(leave(1, generation));
                driver.leave(leave(2, generation));
            }
            driver.deleteNetwork(new NetworkTarget(id(1), "op"));
            driver.deleteNetwork(new NetworkTarget(id(2), "op"));
        }
    }

    @Test
    void aSandboxMayBeInSeveralNetworksAndLeaveOneWhileItGoesOn() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        driver.createNetwork(network(2, false, OTHER));
        Sandbox web = sandbox();
        Sandbox neighbour = sandbox();
        closeAfterTest(web.serve("web", 80));
        driver.join(join(1, 1, web, FIRST));
        driver.join(join(2, 1, 2, web, "eth1", new EndpointAddress("10.213.8.2/24", OTHER.gateway())));
        driver.join(join(3, 1, 2, neighbour, "eth0", new EndpointAddress("10.213.8.3/24", OTHER.gateway())));
        assertEquals(Optional.of("web saw 10.213.8.3"), neighbour.fetch("10.213.8.2", 80));
        assertEquals(List.of(GATEWAY), gateways(web), "one of them has the default route");

        LeaveRequest first = new LeaveRequest(id(1), 1, OptionalInt.of(web.fd()), "op");
        driver.leave(first);
        driver.leave(first);
        assertEquals(List.of("eth1", "lo"), names(web));
        assertEquals(List.of(), gateways(web));
        assertEquals(Presence.ABSENT, driver.inspectEndpoint(new EndpointTarget(id(1), 1, "op")).presence());
        assertEquals(Optional.of("web saw 10.213.8.3"), neighbour.fetch("10.213.8.2", 80), "the other goes on");

        JoinRequest now = join(2, 1, 2, web, "eth1", new EndpointAddress("10.213.8.2/24", OTHER.gateway()));
        driver.join(withDefaultRoute(now, true));
        assertEquals(List.of(OTHER.gateway()), gateways(web), "joining again moves the default route");
        driver.join(withDefaultRoute(now, false));
        assertEquals(List.of(), gateways(web));
        driver.join(join(1, 1, web, FIRST));
        assertEquals(List.of("eth0", "eth1", "lo"), names(web), "what has left may join again");
    }

    @Test
    void largestPacketAndHardwareAddressAreAsAsked() throws Exception {
        assumeTrue(!lacks(NetworkCapability.MTU) && !lacks(NetworkCapability.MAC_ADDRESS));
        CreateNetworkRequest request = new CreateNetworkRequest(
                id(1), List.of(new NetworkSubnet(SUBNET, GATEWAY)), OptionalInt.of(1400), false, true, "op");
        driver.createNetwork(request);
        Sandbox one = sandbox();
        Sandbox two = sandbox();
        List<EndpointAddress> first = List.of(new EndpointAddress(FIRST, GATEWAY));
        List<EndpointAddress> second = List.of(new EndpointAddress(SECOND, GATEWAY));
        driver.join(new JoinRequest(
                id(1), 1, id(1), one.fd(), first, true, OptionalInt.of(1300), Optional.of("02:11:22:33:44:55"), "net0", "op"));
        driver.join(new JoinRequest(id(2), 1, id(1), two.fd(), second, true, OptionalInt.empty(), Optional.empty(), "eth0", "op"));
        assertEquals(1300, link(one, "net0").mtu());
        assertEquals("02:11:22:33:44:55", link(one, "net0").macAddress());
        assertEquals(1400, link(two, "eth0").mtu(), "the network's, whatever other endpoints have");
        for (String bad : List.of("01:00:5e:00:00:01", "x", "02:11:22:33:44")) {
            refused(DriverErrorCode.INVALID, () -> driver.join(new JoinRequest(
                    id(3), 1, id(1), sandbox().fd(), List.of(new EndpointAddress("10.213.7.9/24", GATEWAY)), true,
                    OptionalInt.empty(), Optional.of(bad), "eth0", "op")));
        }
    }

    @Test
    void aSandboxOfAUserNamespaceIsJoinedAndLeftLikeAnyOther() throws Exception {
        driver.createNetwork(lacks(NetworkCapability.IPV6) ? network(1, SUBNET, GATEWAY) : dualNetwork());
        try (Sandbox shifted = Sandbox.createInUserNamespace()) {
            driver.join(lacks(NetworkCapability.IPV6) ? join(1, 1, shifted, FIRST) : joinDual(1, shifted, FIRST, FIRST6));
            try (AutoCloseable server = shifted.serve("shifted", 80)) {
                assertEquals(Optional.of("shifted saw " + GATEWAY), Sandbox.fetchHere("10.213.7.2", 80));
            }
            driver.leave(new LeaveRequest(id(1), 1, OptionalInt.of(shifted.fd()), "op"));
            assertEquals(List.of("lo"), names(shifted));
        }
    }

    @Test
    void rangesOfPortsArePublishedAsAWhole() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox web = sandbox();
        driver.join(join(1, 1, web, FIRST));
        closeAfterTest(web.serve("first", 80));
        closeAfterTest(web.serve("last", 84));
        driver.publish(publish(1, "10.213.7.2", new PortMapping("127.0.0.1", 18080, 80, 5, Protocol.TCP)));
        assertEquals(5, driver.list().published().size());
        assertTrue(Sandbox.fetchHere("127.0.0.1", 18080).orElse("").startsWith("first"));
        assertTrue(Sandbox.fetchHere("127.0.0.1", 18084).orElse("").startsWith("last"));
        refused(
                DriverErrorCode.IN_USE,
                () -> driver.publish(publish(2, "10.213.7.3", new PortMapping("127.0.0.1", 18084, 80, 5, Protocol.TCP))));
        assertEquals(5, driver.list().published().size(), "all or none");
        driver.unpublish(new EndpointTarget(id(1), 1, "op"));
        assertEquals(List.of(), driver.list().published());
    }

    @Test
    void whatTheKernelCannotTranslateIsLeftToTheProcessThatHoldsTheSocket() throws Exception {
        PublishRequest four = publish(1, "10.213.7.2");
        PublishRequest dual = publishDual(1);
        PortMapping loopback6 = new PortMapping("::1", 80, 80, Protocol.TCP);
        PortMapping any6 = new PortMapping("::", 80, 80, Protocol.TCP);
        PortMapping any4 = new PortMapping("0.0.0.0", 80, 80, Protocol.TCP);
        assertEquals(Optional.empty(), dual.translated(loopback6));
        assertEquals(Optional.of("fd00:213:7::2"), dual.proxied(loopback6));
        assertEquals(Optional.of("10.213.7.2"), four.proxied(loopback6));
        assertEquals(Optional.of("fd00:213:7::2"), dual.translated(any6));
        assertEquals(Optional.of("fd00:213:7::2"), dual.proxied(any6), "for ::1");
        assertEquals(Optional.empty(), four.translated(any6));
        assertEquals(Optional.of("10.213.7.2"), four.proxied(any6));
        assertEquals(Optional.of("10.213.7.2"), dual.translated(any4));
        assertEquals(Optional.empty(), dual.proxied(any4));

        driver.createNetwork(network(1, SUBNET, GATEWAY));
        driver.publish(new PublishRequest(id(1), 1, id(1), List.of("10.213.7.2"), List.of(loopback6, any6), "op"));
        assertEquals(List.of(), driver.list().published());
    }

    private static List<EndpointAddress> dual(String four, String gateway, String six, String gateway6) {
        return List.of(new EndpointAddress(four, gateway), new EndpointAddress(six, gateway6));
    }

    private CreateNetworkRequest both(int number, boolean isolated, NetworkSubnet... subnets) {
        return new CreateNetworkRequest(id(number), List.of(subnets), OptionalInt.empty(), false, isolated, "op");
    }

    private static JoinRequest withDefaultRoute(JoinRequest request, boolean defaultRoute) {
        return new JoinRequest(
                request.endpointId(), request.generation(), request.networkId(), request.sandboxFd(), request.addresses(),
                defaultRoute, request.mtu(), request.macAddress(), request.interfaceName(), "op");
    }

    private static Link link(Sandbox sandbox, String name) throws Exception {
        return sandbox.links().stream().filter(link -> link.name().equals(name)).findFirst().orElseThrow();
    }

    private static List<String> names(Sandbox sandbox) throws Exception {
        return sandbox.links().stream().map(Link::name).sorted().toList();
    }

    /** Next hops of default routes, IPv4 first. */
    private static List<String> gateways(Sandbox sandbox) throws Exception {
        return sandbox.routes().stream()
                .filter(route -> route.destination().isEmpty())
                .flatMap(route -> route.gateway().map(IpAddresses::text).stream())
                .sorted((one, other) -> Boolean.compare(one.contains(":"), other.contains(":")))
                .toList();
    }

    private int loopbackFirst(String one, String other) {
        return Boolean.compare(one.equals(FIRST), other.equals(FIRST)) * 2 + Integer.signum(one.compareTo(other));
    }

    private boolean lacks(NetworkCapability capability) {
        return !provider().capabilities().contains(capability);
    }
}

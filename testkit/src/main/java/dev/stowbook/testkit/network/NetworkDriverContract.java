package dev.stowbook.testkit.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.net.Link;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.network.EndpointTarget;
import dev.stowbook.spi.network.JoinResult;
import dev.stowbook.spi.network.NetworkDriver;
import dev.stowbook.spi.network.NetworkListing;
import dev.stowbook.spi.network.NetworkTarget;
import dev.stowbook.spi.network.PortMapping;
import dev.stowbook.spi.network.PortMapping.Protocol;
import dev.stowbook.spi.network.PublishRequest;
import dev.stowbook.spi.network.RepairRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What every network driver must do, shown on the real kernel. Extend it, name the provider, and all tests run. Needs root.
 */
public abstract class NetworkDriverContract extends NetworkFamiliesContract {

    @Test
    void aNetworkIsThereFromCreateToDelete() throws Exception {
        NetworkTarget target = new NetworkTarget(id(1), "op");
        assertEquals(Presence.ABSENT, driver.inspectNetwork(target).presence());

        var state = driver.createNetwork(network(1, SUBNET, GATEWAY));
        assertEquals(state, driver.createNetwork(network(1, SUBNET, GATEWAY)), "the second create answers as the first");
        assertTrue(state.linkName().length() <= 15);
        assertEquals(Presence.PRESENT, driver.inspectNetwork(target).presence(), driver.inspectNetwork(target).detail());
        assertEquals(List.of(state), driver.list().networks());

        driver.deleteNetwork(target);
        driver.deleteNetwork(target);
        assertEquals(Presence.ABSENT, driver.inspectNetwork(target).presence());
        assertEquals(List.of(), NetworkSnapshot.take().differenceFrom(before));
    }

    @Test
    void n8_aSandboxHasLoopbackAndItsOwnLinkOnlyAndTwoSandboxesBindPort80AtOnce() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox one = sandbox();
        Sandbox two = sandbox();
        JoinResult result = driver.join(join(1, 1, one, FIRST));
        driver.join(join(2, 1, two, SECOND));

        assertEquals(List.of("eth0", "lo"), one.links().stream().map(Link::name).sorted().toList());
        assertTrue(one.links().stream().allMatch(Link::up), one.links().toString());
        assertTrue(addresses(one).contains(FIRST), addresses(one).toString());
        assertFalse(addresses(one).contains(SECOND));
        assertEquals(List.of(FIRST), result.addresses());
        Link inside = one.links().stream().filter(link -> link.name().equals("eth0")).findFirst().orElseThrow();
        assertEquals(result.macAddress(), inside.macAddress());
        assertTrue(
                one.routes().stream().anyMatch(route -> route.destination().isEmpty()
                        && route.gateway().orElseThrow().getHostAddress().equals(GATEWAY)),
                one.routes().toString());

        closeAfterTest(one.serve("one", 80));
        closeAfterTest(two.serve("two", 80));
        assertEquals("two saw 10.213.7.2", one.fetch("10.213.7.3", 80).orElse("no answer"));
        assertEquals("one saw 10.213.7.3", two.fetch("10.213.7.2", 80).orElse("no answer"));
        assertEquals("one saw 127.0.0.1", one.fetch("127.0.0.1", 80).orElse("no answer"));
    }

    @Test
    void anEndpointIsThereFromJoinToLeave() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox sandbox = sandbox();
        EndpointTarget target = new EndpointTarget(id(1), 1, "op");
        assertEquals(Presence.ABSENT, driver.inspectEndpoint(target).presence());

        JoinResult result = driver.join(join(1, 1, sandbox, FIRST));
        assertTrue(result.hostLinkName().length() <= 15);
        assertEquals(Presence.PRESENT, driver.inspectEndpoint(target).presence(), driver.inspectEndpoint(target).detail());
        assertEquals(result, driver.join(join(1, 1, sandbox, FIRST)), "the second join answers as the first");
        assertEquals(2, sandbox.links().size(), "and makes no second link");
        assertEquals(1, driver.list().endpoints().size());
        refused(DriverErrorCode.BUSY, () -> driver.deleteNetwork(new NetworkTarget(id(1), "op")));

        driver.leave(leave(1, 1));
        driver.leave(leave(1, 1));
        assertEquals(Presence.ABSENT, driver.inspectEndpoint(target).presence());
        assertEquals(List.of(), driver.list().endpoints());
    }

    @Test
    void anEndpointThatLeftCanJoinAgainAndTheNextGenerationToo() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox witness = sandbox();
        driver.join(join(2, 1, witness, SECOND));
        Sandbox sandbox = sandbox();
        closeAfterTest(sandbox.serve("first", 80));
        driver.join(join(1, 1, sandbox, FIRST));
        driver.leave(leave(1, 1));
        assertEquals("no answer", witness.fetch("10.213.7.2", 80).orElse("no answer"));

        driver.join(join(1, 1, sandbox, FIRST));
        assertEquals("first saw 10.213.7.3", witness.fetch("10.213.7.2", 80).orElse("no answer"));
        driver.leave(leave(1, 1));

        Sandbox next = sandbox();
        closeAfterTest(next.serve("next", 80));
        driver.join(join(1, 2, next, FIRST));
        assertEquals("next saw 10.213.7.3", witness.fetch("10.213.7.2", 80).orElse("no answer"));
    }

    @Test
    void joiningANetworkThatIsNotThereIsNotFound() throws Exception {
        Sandbox sandbox = sandbox();
        refused(DriverErrorCode.NOT_FOUND, () -> driver.join(join(1, 1, sandbox, FIRST)));
        assertEquals(1, sandbox.links().size(), "nothing was made inside");
    }

    @Test
    void anAddressIsHeldByOneEndpointAtATime() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox one = sandbox();
        Sandbox two = sandbox();
        driver.join(join(1, 1, one, FIRST));
        DriverException refusal = refused(DriverErrorCode.IN_USE, () -> driver.join(join(2, 1, two, FIRST)));
        assertTrue(refusal.getMessage().contains("10.213.7.2"), refusal.getMessage());
        driver.close();
        driver = reopened();
        refused(DriverErrorCode.IN_USE, () -> driver.join(join(2, 1, two, FIRST)));
        driver.leave(leave(1, 1));
        driver.join(join(2, 1, two, FIRST));
    }

    @Test
    void aSubnetThatOverlapsARouteOfTheHostIsInUse() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        DriverException refusal =
                refused(DriverErrorCode.IN_USE, () -> driver.createNetwork(network(2, "10.213.0.0/16", "10.213.0.1")));
        assertTrue(refusal.getMessage().contains(SUBNET), refusal.getMessage());
        assertEquals(Presence.ABSENT, driver.inspectNetwork(new NetworkTarget(id(2), "op")).presence());
    }

    @Test
    void aPortIsPublishedFromPublishToUnpublish() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox sandbox = sandbox();
        driver.join(join(1, 1, sandbox, FIRST));
        closeAfterTest(sandbox.serve("web", 80));
        assertEquals("no answer", Sandbox.fetchHere("127.0.0.1", 18080).orElse("no answer"));

        PublishRequest request = publish(1, "10.213.7.2", new PortMapping("127.0.0.1", 18080, 80, Protocol.TCP));
        driver.publish(request);
        driver.publish(request);
        assertEquals(1, driver.list().published().size());
        assertTrue(Sandbox.fetchHere("127.0.0.1", 18080).orElse("no answer").startsWith("web saw "));

        driver.unpublish(new EndpointTarget(id(1), 1, "op"));
        driver.unpublish(new EndpointTarget(id(1), 1, "op"));
        assertEquals("no answer", Sandbox.fetchHere("127.0.0.1", 18080).orElse("no answer"));
        assertEquals(List.of(), driver.list().published());
    }

    @Test
    void aPortIsPublishedByOneEndpointAtATimeAndARefusedRequestPublishesNothing() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        PortMapping taken = new PortMapping("127.0.0.1", 18080, 80, Protocol.TCP);
        PortMapping free = new PortMapping("127.0.0.1", 18081, 81, Protocol.TCP);
        PortMapping sameNumber = new PortMapping("127.0.0.1", 18080, 80, Protocol.UDP);
        PortMapping everywhere = new PortMapping("0.0.0.0", 18080, 80, Protocol.TCP);
        driver.publish(publish(1, "10.213.7.2", taken));
        for (boolean fresh : List.of(false, true)) {
            if (fresh) {
                driver.close();
                driver = reopened();
            }
            DriverException refusal =
                    refused(DriverErrorCode.IN_USE, () -> driver.publish(publish(2, "10.213.7.3", free, taken)));
            assertTrue(refusal.getMessage().contains("127.0.0.1:18080"), refusal.getMessage());
            refused(DriverErrorCode.IN_USE, () -> driver.publish(publish(2, "10.213.7.3", everywhere)));
            assertEquals(1, driver.list().published().size());
        }
        driver.publish(publish(2, "10.213.7.3", free, sameNumber));
        assertEquals(3, driver.list().published().size());
    }

    @Test
    void leavingWithdrawsPublishedPorts() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox sandbox = sandbox();
        driver.join(join(1, 1, sandbox, FIRST));
        driver.publish(publish(1, "10.213.7.2", new PortMapping("127.0.0.1", 18080, 80, Protocol.TCP)));
        driver.leave(leave(1, 1));
        assertEquals(List.of(), driver.list().published());
    }

    @Test
    void aDriverOpenedAnewFindsEverything() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox sandbox = sandbox();
        JoinResult joined = driver.join(join(1, 1, sandbox, FIRST));
        driver.publish(publish(1, "10.213.7.2", new PortMapping("127.0.0.1", 18080, 80, Protocol.TCP)));
        NetworkListing known = driver.list();
        driver.close();

        driver = reopened();
        assertEquals(known, driver.list());
        assertEquals(1, known.networks().size());
        assertEquals(1, known.endpoints().size());
        assertEquals(1, known.published().size());
        assertEquals(Presence.PRESENT, driver.inspectNetwork(new NetworkTarget(id(1), "op")).presence());
        assertEquals(Presence.PRESENT, driver.inspectEndpoint(new EndpointTarget(id(1), 1, "op")).presence());
        assertEquals(joined, driver.join(join(1, 1, sandbox, FIRST)));
        driver.leave(leave(1, 1));
        driver.deleteNetwork(new NetworkTarget(id(1), "op"));
        assertEquals(new NetworkListing(List.of(), List.of(), List.of()), driver.list());
    }

    @Test
    void anotherInstanceSeesAndTouchesNothingOfOurs() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox sandbox = sandbox();
        driver.join(join(1, 1, sandbox, FIRST));
        try (NetworkDriver other = provider().open(context("00000000beef"))) {
            assertEquals(new NetworkListing(List.of(), List.of(), List.of()), other.list());
            other.leave(leave(1, 1));
            other.deleteNetwork(new NetworkTarget(id(1), "op"));
        }
        assertEquals(Presence.PRESENT, driver.inspectNetwork(new NetworkTarget(id(1), "op")).presence());
        assertEquals(Presence.PRESENT, driver.inspectEndpoint(new EndpointTarget(id(1), 1, "op")).presence());
    }

    @Test
    void repairOfWhatIsWholeChangesNothing() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        PublishRequest published = publish(1, "10.213.7.2", new PortMapping("127.0.0.1", 18080, 80, Protocol.TCP));
        driver.publish(published);
        NetworkSnapshot whole = NetworkSnapshot.take();
        assertEquals(
                List.of(),
                driver.repair(new RepairRequest(List.of(network(1, SUBNET, GATEWAY)), List.of(published), "op")));
        assertEquals(List.of(), NetworkSnapshot.take().differenceFrom(whole));
    }
}

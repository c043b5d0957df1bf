package dev.stowbook.network.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.net.Link;
import dev.stowbook.linux.net.LinkRequest;
import dev.stowbook.linux.net.Netlink;
import dev.stowbook.spi.Observation;
import dev.stowbook.spi.network.EndpointTarget;
import dev.stowbook.spi.network.NetworkDriver;
import dev.stowbook.spi.network.NetworkDriverProvider;
import dev.stowbook.spi.network.NetworkTarget;
import dev.stowbook.spi.network.PortMapping;
import dev.stowbook.spi.network.PortMapping.Protocol;
import dev.stowbook.spi.network.PublishRequest;
import dev.stowbook.spi.network.RepairRequest;
import dev.stowbook.testkit.network.NetworkDriverHarness;
import dev.stowbook.testkit.network.Sandbox;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What others do to our rules is noticed without asking. */
class BridgeWatchTest extends NetworkDriverHarness {

    @Override
    protected NetworkDriverProvider provider() {
        return new BridgeNetworkDriverProvider();
    }

    @Test
    void whatSomebodyElseDoesToOurRulesIsNoticedAndCanBeRepaired() throws Exception {
        driver.createNetwork(dualNetwork());
        Sandbox web = sandbox();
        driver.join(joinDual(1, web, FIRST, FIRST6));
        closeAfterTest(web.serve("web", 80));
        PublishRequest published = publishDual(
                1,
                new PortMapping("127.0.0.1", 18080, 80, Protocol.TCP),
                new PortMapping("::", 18081, 80, Protocol.TCP));
        driver.publish(published);
        String table = " inet stowbook_" + instance;
        for (String damage : List.of(
                "flush ruleset",
                "delete table" + table,
                "flush chain" + table + " forward",
                "insert rule" + table + " forward drop",
                "delete element" + table + " bridges { \"" + new KernelNames(instance).bridge(id(1)) + "\" }",
                "delete element" + table + " published6_any { tcp . 18081 }",
                "flush set" + table + " subnets6")) {
            nft(damage);
            var noticed = assertInstanceOf(Observation.RulesFlushed.class, observations().poll(60, TimeUnit.SECONDS), damage);
            assertTrue(noticed.detail().contains("(nft)"), noticed.detail());
            assertEquals(instance, noticed.target());
            RepairRequest repair = new RepairRequest(List.of(dualNetwork()), List.of(published), "op");
            assertTrue(!driver.repair(repair).isEmpty(), damage);
            assertEquals(List.of(), driver.repair(repair), damage);
            assertTrue(Sandbox.fetchHere("127.0.0.1", 18080).isPresent(), damage);
        }
        assertNull(observations().poll(500, TimeUnit.MILLISECONDS), "our own repairs are no news");
    }

    @Test
    void whatOthersDoElsewhereOrWeDoOurselvesIsNoNews() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        driver.publish(publish(1, "10.213.7.2", new PortMapping("127.0.0.1", 18080, 80, Protocol.TCP)));
        nft("add table inet stowbook-test-other");
        nft("delete table inet stowbook-test-other");
        nft("add element inet stowbook_" + instance + " guarded { \"eth9\" }"); // nothing is missing
        try (NetworkDriver other = provider().open(context("00000000beef"))) {
            other.createNetwork(network(2, "10.213.8.0/24", "10.213.8.1"));
            other.deleteNetwork(new NetworkTarget(id(2), "op"));
        }
        driver.unpublish(new EndpointTarget(id(1), 1, "op"));
        driver.deleteNetwork(new NetworkTarget(id(1), "op"));
        assertNull(observations().poll(1, TimeUnit.SECONDS));
    }

    @Test
    void aRepairDoesNotBringBackWhatHasLeft() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox web = sandbox();
        driver.join(join(1, 1, web, FIRST));
        PublishRequest published = publish(1, "10.213.7.2", new PortMapping("127.0.0.1", 18080, 80, Protocol.TCP));
        driver.publish(published);
        driver.leave(leave(1, 1));
        RepairRequest repair = new RepairRequest(List.of(network(1, SUBNET, GATEWAY)), List.of(published), "op");
        assertEquals(List.of(), driver.repair(repair));
        assertEquals(List.of(), driver.list().published());
        driver.deleteNetwork(new NetworkTarget(id(1), "op"));
        assertEquals(List.of(), driver.repair(repair));
        assertEquals(List.of(), driver.list().networks());
    }

    @Test
    void aFirewallOfOthersThatDropsWhatIsForwardedIsPointedOutWithWhatToDo() throws Exception {
        assertTrue(!provider().probe().reason().contains("sbkb*"));
        nft("add table ip stowbook-test-filter; "
                + "add chain ip stowbook-test-filter FORWARD { type filter hook forward priority 0; policy drop; }");
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        String detail = driver.inspectNetwork(new NetworkTarget(id(1), "op")).detail();
        assertTrue(detail.contains("table ip stowbook-test-filter of another program") && detail.contains("sbkb* pass there"), detail);
        assertTrue(provider().probe().usable());
        assertTrue(provider().probe().reason().contains("sbkb*"), provider().probe().reason());
        nft("delete table ip stowbook-test-filter");
        assertTrue(!driver.inspectNetwork(new NetworkTarget(id(1), "op")).detail().contains("sbkb*"));
    }

    @Test
    void aBridgeThatSomebodyElseRemovedIsMadeAnewWithItsMembersAndForwardingIsPutBackInTheEnd() throws Exception {
        Outside outside = Outside.connect("uplink0", "198.51.100.1", "198.51.100.254", true);
        closeAfterTest(outside);
        driver.createNetwork(dualNetwork());
        Sandbox web = sandbox();
        driver.join(joinDual(1, web, FIRST, FIRST6));
        closeAfterTest(web.serve("web", 80));
        try (Netlink host = Netlink.open()) {
            host.apply(new LinkRequest.DeleteLink(
                    host.link(new KernelNames(instance).bridge(id(1))).orElseThrow().index()));
        }
        assertTrue(!driver.repair(new RepairRequest(List.of(dualNetwork()), List.of(), "op")).isEmpty());
        try (Netlink host = Netlink.open()) { // all at once: who asks for one has the kernel look at it
            List<String> notReady = host.links().stream().filter(link -> link.name().startsWith("sbk") && !link.running()).map(Link::name).toList();
            assertEquals(List.of(), notReady, "the first packet would be lost");
        }
        assertEquals(Optional.of("web saw " + GATEWAY), Sandbox.fetchHere("10.213.7.2", 80));
        driver.leave(leave(1, 1));
        driver.deleteNetwork(new NetworkTarget(id(1), "op"));
        assertTrue(!outside.forwarding());
    }

    private static void nft(String command) throws Exception {
        Process nft = new ProcessBuilder("nft", command).redirectErrorStream(true).start();
        String said = new String(nft.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, nft.waitFor(), said);
    }
}

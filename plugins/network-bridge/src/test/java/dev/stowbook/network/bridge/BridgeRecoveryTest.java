package dev.stowbook.network.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.net.Link;
import dev.stowbook.linux.net.LinkRequest;
import dev.stowbook.linux.net.Netlink;
import dev.stowbook.linux.net.Nftables;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.network.EndpointAddress;
import dev.stowbook.spi.network.EndpointTarget;
import dev.stowbook.spi.network.JoinResult;
import dev.stowbook.spi.network.LeaveRequest;
import dev.stowbook.spi.network.NetworkDriverProvider;
import dev.stowbook.spi.network.NetworkTarget;
import dev.stowbook.spi.network.PortMapping.Protocol;
import dev.stowbook.spi.network.PortMapping;
import dev.stowbook.spi.network.PublishRequest;
import dev.stowbook.spi.network.RepairRequest;
import dev.stowbook.testkit.network.NetworkDriverHarness;
import dev.stowbook.testkit.network.Sandbox;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What is found after crashes, flushes and strangers, and what the driver does about it. */
class BridgeRecoveryTest extends NetworkDriverHarness {
    private static final PortMapping PORT = new PortMapping("127.0.0.1", 18080, 80, Protocol.TCP);

    @Override
    protected NetworkDriverProvider provider() {
        return new BridgeNetworkDriverProvider();
    }

    @Test
    void n9_theTwoEndsOfAPairNameEachOtherAcrossNamespacesAndGoTogether() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox sandbox = Sandbox.create();
        JoinResult joined = driver.join(join(1, 1, sandbox, FIRST));
        try (Netlink host = Netlink.open()) {
            Link near = host.link(joined.hostLinkName()).orElseThrow();
            Link far = sandbox.links().stream().filter(link -> link.name().equals("eth0")).findFirst().orElseThrow();
            assertEquals(OptionalInt.of(far.index()), near.peerIndex());
            assertEquals(OptionalInt.of(near.index()), far.peerIndex());
            assertTrue(near.peerNamespaceId().isPresent(), "the far end is in another namespace");
            assertTrue(far.peerNamespaceId().isPresent(), "the near end is in another namespace");

            sandbox.close();
            for (int attempt = 0; attempt < 3000 && host.link(near.name()).isPresent(); attempt++) {
                Thread.sleep(20);
            }
            assertEquals(Optional.empty(), host.link(near.name()), "both ends ended with the namespace");
        }
        assertEquals(Presence.ABSENT, driver.inspectEndpoint(new EndpointTarget(id(1), 1, "op")).presence());
        driver.leave(leave(1, 1));
    }

    @Test
    void flushedRulesAreSeenAndRepaired() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox web = sandbox();
        driver.join(join(1, 1, web, FIRST));
        closeAfterTest(web.serve("web", 80));
        PublishRequest published = publish(1, "10.213.7.2", PORT);
        driver.publish(published);
        assertTrue(Sandbox.fetchHere("127.0.0.1", 18080).isPresent());

        for (String damage : List.of(
                "delete table inet stowbook_" + instance,
                "flush chain inet stowbook_" + instance + " forward",
                "flush set inet stowbook_" + instance + " bridges",
                "flush map inet stowbook_" + instance + " published")) {
            nft(damage);
            boolean elementsOnly = damage.contains("published");
            assertEquals(
                    elementsOnly ? Presence.PRESENT : Presence.PARTIAL,
                    driver.inspectNetwork(new NetworkTarget(id(1), "op")).presence(),
                    damage);
            RepairRequest repair = new RepairRequest(List.of(network(1, SUBNET, GATEWAY)), List.of(published), "op");
            assertTrue(!driver.repair(repair).isEmpty(), damage);
            assertEquals(List.of(), driver.repair(repair), damage);
            assertEquals(Presence.PRESENT, driver.inspectNetwork(new NetworkTarget(id(1), "op")).presence(), damage);
            assertTrue(Sandbox.fetchHere("127.0.0.1", 18080).isPresent(), damage);
        }
    }

    @Test
    void whatSomebodyElseRemovedDoesNotHinderRemoval() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox web = sandbox();
        driver.join(join(1, 1, web, FIRST));
        driver.publish(publish(1, "10.213.7.2", PORT));
        nft("delete table inet stowbook_" + instance);
        driver.unpublish(new EndpointTarget(id(1), 1, "op"));
        driver.leave(leave(1, 1));
        driver.deleteNetwork(new NetworkTarget(id(1), "op"));
        assertEquals(Presence.ABSENT, driver.inspectNetwork(new NetworkTarget(id(1), "op")).presence());
    }

    @Test
    void aNetworkWhoseBridgeIsGoneIsPartialAndCanBeRemovedOrMadeAnew() throws Exception {
        String bridge = driver.createNetwork(network(1, SUBNET, GATEWAY)).linkName();
        delete(bridge);
        assertEquals(Presence.PARTIAL, driver.inspectNetwork(new NetworkTarget(id(1), "op")).presence());
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        assertEquals(Presence.PRESENT, driver.inspectNetwork(new NetworkTarget(id(1), "op")).presence());
        delete(bridge);
        driver.deleteNetwork(new NetworkTarget(id(1), "op"));
        assertEquals(Presence.ABSENT, driver.inspectNetwork(new NetworkTarget(id(1), "op")).presence());
    }

    @Test
    void endpointsThatACrashLeftUntiedAreTiedWhenTheirNetworkIsMadeAgain() throws Exception {
        String bridge = driver.createNetwork(network(1, SUBNET, GATEWAY)).linkName();
        String endpoint = driver.join(join(1, 1, sandbox(), FIRST)).hostLinkName();
        try (Netlink host = Netlink.open()) {
            OptionalInt tied = OptionalInt.of(host.link(bridge).orElseThrow().index());
            assertEquals(tied, host.link(endpoint).orElseThrow().master());
            int index = host.link(endpoint).orElseThrow().index();
            host.apply(new LinkRequest.ChangeLink(index, Optional.empty(), OptionalInt.of(0), Optional.empty()));
            assertEquals(OptionalInt.empty(), host.link(endpoint).orElseThrow().master());
            driver.createNetwork(network(1, SUBNET, GATEWAY));
            assertEquals(tied, host.link(endpoint).orElseThrow().master());
        }
    }

    @Test
    void linksThatACrashLeftWithoutTheirAliasAreFinishedOrRemoved() throws Exception {
        KernelNames names = new KernelNames(instance);
        String bridge = names.bridge(id(1));
        try (Netlink host = Netlink.open()) {
            host.apply(new LinkRequest.CreateBridge(bridge, KernelNames.macAddress(bridge), 1500, names.group()));
            assertEquals(Presence.PARTIAL, driver.inspectNetwork(new NetworkTarget(id(1), "op")).presence());
            driver.createNetwork(network(1, SUBNET, GATEWAY));
            assertEquals(Presence.PRESENT, driver.inspectNetwork(new NetworkTarget(id(1), "op")).presence());

            Sandbox finished = sandbox();
            Sandbox removed = sandbox();
            halfMade(host, names, 1, finished);
            halfMade(host, names, 2, removed);
            assertEquals(Presence.PARTIAL, driver.inspectEndpoint(new EndpointTarget(id(1), 1, "op")).presence());
            driver.join(join(1, 1, finished, FIRST));
            assertEquals(Presence.PRESENT, driver.inspectEndpoint(new EndpointTarget(id(1), 1, "op")).presence());

            assertEquals(1, driver.repair(new RepairRequest(List.of(), List.of(), "op")).size());
            assertEquals(Presence.ABSENT, driver.inspectEndpoint(new EndpointTarget(id(2), 1, "op")).presence());
            assertEquals(1, removed.links().size(), "the far end went too");
        }
    }

    /** A link is made before it is given its alias: a repair at that moment takes it for the remains of a crash. */
    @Test
    void aRepairLeavesLinksAloneThatAreJustBeingMade() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox web = sandbox();
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<List<String>> repairs = CompletableFuture.supplyAsync(() -> {
            List<String> repaired = new ArrayList<>();
            try {
                while (!over.get()) {
                    repaired.addAll(driver.repair(new RepairRequest(List.of(), List.of(), "op")));
                }
            } catch (DriverException e) {
                throw new IllegalStateException(e);
            }
            return repaired;
        });
        try {
            for (int i = 0; i < 60; i++) {
                driver.join(join(1, 1, web, FIRST));
                driver.leave(new LeaveRequest(id(1), 1, OptionalInt.of(web.fd()), "op"));
            }
        } finally {
            over.set(true);
        }
        assertEquals(List.of(), repairs.get(60, TimeUnit.SECONDS));
    }

    @Test
    void aStrangersLinkOfOurNameIsForeignAndIsNotTouched() throws Exception {
        KernelNames names = new KernelNames(instance);
        String bridge = names.bridge(id(1));
        try (Netlink host = Netlink.open()) {
            host.apply(new LinkRequest.CreateBridge(bridge, "06:00:00:00:00:09", 1400, 0));
            assertEquals(Presence.FOREIGN, driver.inspectNetwork(new NetworkTarget(id(1), "op")).presence());
            refused(DriverErrorCode.FOREIGN, () -> driver.createNetwork(network(1, SUBNET, GATEWAY)));
            driver.deleteNetwork(new NetworkTarget(id(1), "op"));
            Link still = host.link(bridge).orElseThrow();
            assertEquals("06:00:00:00:00:09", still.macAddress());
            assertEquals("", still.alias());
            delete(bridge);

            driver.createNetwork(network(1, SUBNET, GATEWAY));
            String veth = names.veth(id(1), 1);
            host.apply(new LinkRequest.CreateBridge(veth, "06:00:00:00:00:09", 1400, 0));
            Sandbox sandbox = sandbox();
            refused(DriverErrorCode.FOREIGN, () -> driver.join(join(1, 1, sandbox, FIRST)));
            assertEquals(Presence.FOREIGN, driver.inspectEndpoint(new EndpointTarget(id(1), 1, "op")).presence());
            driver.leave(leave(1, 1));
            assertTrue(host.link(veth).isPresent());
            delete(veth);
            driver.join(join(1, 1, sandbox, FIRST));
        }
    }

    @Test
    void aSandboxThatHasTheInterfaceIsForeignAndAnotherSandboxOfTheSameGenerationIsBusy() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox one = sandbox();
        Sandbox two = sandbox();
        driver.join(join(1, 1, one, FIRST));
        refused(DriverErrorCode.FOREIGN, () -> driver.join(join(2, 1, one, SECOND)));
        assertEquals(Presence.ABSENT, driver.inspectEndpoint(new EndpointTarget(id(2), 1, "op")).presence());
        refused(DriverErrorCode.BUSY, () -> driver.join(join(1, 1, two, FIRST)));
        refused(DriverErrorCode.BUSY, () -> driver.join(join(1, 1, one, "10.213.7.9/24")));
        assertEquals(Presence.PRESENT, driver.inspectEndpoint(new EndpointTarget(id(1), 1, "op")).presence());
        driver.join(join(2, 1, 1, one, "eth1", new EndpointAddress(SECOND, GATEWAY)));
        assertEquals(3, one.links().size());
    }

    @Test
    void badRequestsAreRefusedInOneSentenceAndChangeNothing() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        Sandbox sandbox = sandbox();
        for (String subnet : List.of("10.0.0.0", "10.0.0.0/33", "10.0.0.256/24", "fd00::/64", "x/y", "10.0.0.0/31", "0.0.0.0/0")) {
            refused(DriverErrorCode.INVALID, () -> driver.createNetwork(network(2, subnet, "10.0.0.1")));
        }
        refused(DriverErrorCode.INVALID, () -> driver.createNetwork(network(2, "10.0.0.0/24", "10.0.1.1")));
        refused(DriverErrorCode.INVALID, () -> driver.createNetwork(network(1, "10.213.8.0/24", "10.213.8.1")));
        refused(DriverErrorCode.INVALID, () -> driver.join(join(1, 1, sandbox, "10.213.7.1/24")));
        refused(DriverErrorCode.INVALID, () -> driver.join(join(1, 1, sandbox, "10.99.0.1/24")));
        refused(
                DriverErrorCode.INVALID,
                () -> driver.publish(publish(1, "10.213.7.2", new PortMapping("127.0.0.1", 0, 80, Protocol.TCP))));
        refused(
                DriverErrorCode.INVALID,
                () -> driver.publish(publish(1, "10.213.7.2", new PortMapping("fd00:99::1", 8080, 80, Protocol.TCP))));
        refused(
                DriverErrorCode.INVALID,
                () -> driver.publish(publish(1, "10.213.7.2", new PortMapping("127.0.0.1", 65530, 80, 7, Protocol.TCP))));
        assertEquals(1, sandbox.links().size());
        assertEquals(1, driver.list().networks().size());
    }

    @Test
    void manyEndpointsJoinAndLeaveAtOnce() throws Exception {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
        List<Sandbox> sandboxes = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            sandboxes.add(sandbox());
        }
        try (ExecutorService workers = Executors.newFixedThreadPool(6)) {
            List<Future<JoinResult>> joins = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                int number = i + 1;
                joins.add(workers.submit(() -> {
                    String address = "10.213.7." + (number + 1);
                    JoinResult joined = driver.join(join(number, 1, sandboxes.get(number - 1), address + "/24"));
                    driver.publish(publish(number, address, new PortMapping("127.0.0.1", 20000 + number, 80, Protocol.TCP)));
                    return joined;
                }));
            }
            for (Future<JoinResult> join : joins) {
                join.get();
            }
            assertEquals(24, driver.list().endpoints().size());
            assertEquals(24, driver.list().published().size());
            List<Future<?>> leaves = new ArrayList<>();
            for (int i = 1; i <= 24; i++) {
                int number = i;
                leaves.add(workers.submit(() -> {
                    driver.leave(leave(number, 1));
                    return number;
                }));
            }
            for (Future<?> leave : leaves) {
                leave.get();
            }
        }
        assertEquals(List.of(), driver.list().endpoints());
        assertEquals(List.of(), driver.list().published());
    }

    @Test
    void resolversOfTheHostAreHandedOnWithoutLoopbackOnes() throws Exception {
        Path first = Files.writeString(
                directory.resolve("resolv.conf"), "# local\nnameserver 127.0.0.53\nnameserver 192.0.2.53\nsearch x\nnameserver ::1\n");
        Path second = Files.writeString(directory.resolve("real"), "nameserver 192.0.2.54\nnameserver 2001:db8::53\n");
        Path stub = Files.writeString(directory.resolve("stub"), "nameserver 127.0.0.53\n");
        assertEquals(List.of("192.0.2.53"), new Resolvers(List.of(first, second)).reachable());
        assertEquals(List.of("192.0.2.54", "2001:db8::53"), new Resolvers(List.of(stub, second)).reachable());
        assertEquals(List.of(), new Resolvers(List.of(stub, directory.resolve("none"))).reachable());
    }

    private void halfMade(Netlink host, KernelNames names, int endpoint, Sandbox sandbox) throws Exception {
        String name = names.veth(id(endpoint), 1);
        host.apply(new LinkRequest.CreateVeth(
                name,
                KernelNames.macAddress(name),
                1500,
                names.group(),
                OptionalInt.empty(),
                "eth0",
                "02:42:0a:d5:07:0" + endpoint,
                sandbox.fd()));
    }

    private static void delete(String link) throws Exception {
        try (Netlink host = Netlink.open()) {
            host.apply(new LinkRequest.DeleteLink(host.link(link).orElseThrow().index()));
        }
    }

    private static void nft(String command) throws Exception {
        try (Nftables nft = Nftables.open()) {
            nft.run(command);
        }
    }
}

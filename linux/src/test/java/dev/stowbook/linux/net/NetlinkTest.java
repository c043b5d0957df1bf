package dev.stowbook.linux.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Changes are made in namespaces of the test's own and read back from proc(5), sysfs and the other end. */
class NetlinkTest {
    private static final String MAC = "02:42:0a:00:00:01";

    private Fd namespace;
    private Netlink netlink;

    @BeforeEach
    void open() throws LinuxException {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "network namespaces need root");
        namespace = NetworkNamespace.create();
        netlink = Netlink.open(namespace.number());
    }

    @AfterEach
    void close() {
        netlink.close();
        netlink.close();
        namespace.close();
    }

    @Test
    void aNewNamespaceHasALoopbackLinkThatIsDown() throws Exception {
        List<Link> links = netlink.links();
        assertEquals(1, links.size());
        Link loopback = links.getFirst();
        assertTrue(loopback.loopback());
        assertFalse(loopback.up());
        assertEquals(1, loopback.index());
        assertEquals(List.of(), netlink.addresses());
        assertEquals(List.of(), netlink.routes());
    }

    @Test
    void aThreadStaysInItsNamespaceWhileASocketLivesInAnother() throws Exception {
        Path own = Path.of("/proc/thread-self/ns/net");
        String before = Files.readSymbolicLink(own).toString();
        long inside = NetworkNamespace.inode(namespace.number());
        assertNotEquals("net:[" + inside + "]", before);
        assertEquals(
                "net:[" + inside + "]",
                NetworkNamespace.call(namespace.number(), () -> Files.readSymbolicLink(own).toString()));
        assertEquals(before, Files.readSymbolicLink(own).toString());
        assertEquals(1, netlink.links().size(), "the socket still looks into its own namespace");
        try (Fd same = NetworkNamespace.open(Path.of(namespace.procPath()))) {
            assertEquals(inside, NetworkNamespace.inode(same.number()));
        }
        assertThrows(IOException.class, () -> {
            try (Fd other = NetworkNamespace.open(Path.of("/proc/self/ns/uts"))) {
                NetworkNamespace.inode(other.number());
            }
        });
    }

    @Test
    void aBridgeIsMadeUpWithItsMarksInOneStep() throws Exception {
        netlink.apply(new LinkRequest.CreateBridge("sbktest0", MAC, 1400, 4711));
        Link bridge = netlink.link("sbktest0").orElseThrow();
        assertEquals("bridge", bridge.kind());
        assertEquals(MAC, bridge.macAddress());
        assertEquals(1400, bridge.mtu());
        assertEquals(4711, bridge.group());
        assertTrue(bridge.up());
        String dev = NetworkNamespace.call(
                namespace.number(), () -> Files.readString(Path.of("/proc/thread-self/net/dev")));
        assertTrue(dev.contains("sbktest0:"), dev);
    }

    @Test
    void aVethsFarEndIsMadeInsideTheOtherNamespace() throws Exception {
        try (Fd other = NetworkNamespace.create();
                Netlink far = Netlink.open(other.number())) {
            netlink.apply(new LinkRequest.CreateBridge("sbktest0", MAC, 1400, 1));
            int bridge = netlink.link("sbktest0").orElseThrow().index();
            netlink.apply(new LinkRequest.CreateVeth(
                    "sbktestv", MAC, 1400, 7, OptionalInt.of(bridge), "eth0", "02:42:0a:00:00:02", other.number()));
            Link near = netlink.link("sbktestv").orElseThrow();
            Link inside = far.link("eth0").orElseThrow();
            assertEquals("veth", near.kind());
            assertEquals(7, near.group());
            assertEquals(OptionalInt.of(bridge), near.master());
            assertEquals(OptionalInt.of(inside.index()), near.peerIndex());
            assertEquals(OptionalInt.of(near.index()), inside.peerIndex());
            assertTrue(near.peerNamespaceId().isPresent());
            assertEquals("02:42:0a:00:00:02", inside.macAddress());
            assertEquals(1400, inside.mtu());
            assertTrue(netlink.link("eth0").isEmpty(), "it never was in the near namespace");

            netlink.apply(
                    new LinkRequest.ChangeBridgePort(near.index(), true),
                    new LinkRequest.ChangeLink(near.index(), Optional.empty(), OptionalInt.empty(), Optional.of("a tag: ü")));
            assertEquals("a tag: ü", netlink.link("sbktestv").orElseThrow().alias());
            assertEquals(OptionalInt.of(1), netlink.link("sbktestv").orElseThrow().hairpin());
            far.apply(new LinkRequest.ChangeLink(inside.index(), Optional.of(true), OptionalInt.empty(), Optional.empty()));
            assertTrue(far.link("eth0").orElseThrow().carrier());
            netlink.apply(new LinkRequest.ChangeLink(near.index(), Optional.of(false), OptionalInt.of(0), Optional.empty()));
            assertFalse(netlink.link("sbktestv").orElseThrow().up());
            assertEquals(OptionalInt.empty(), netlink.link("sbktestv").orElseThrow().master());
            assertEquals("a tag: ü", netlink.link("sbktestv").orElseThrow().alias(), "what is empty stays");

            netlink.apply(new LinkRequest.DeleteLink(near.index()));
            assertTrue(far.link("eth0").isEmpty(), "a veth takes its other end with it");
        }
    }

    @Test
    void addressesAndRoutesAreReadBack() throws Exception {
        netlink.apply(new LinkRequest.CreateBridge("sbktest0", MAC, 1500, 1));
        int bridge = netlink.link("sbktest0").orElseThrow().index();
        InetAddress address = InetAddress.getByName("10.213.9.2");
        InetAddress gateway = InetAddress.getByName("10.213.9.1");
        netlink.apply(new LinkRequest.AddAddress(bridge, address, 24), new LinkRequest.SetDefaultRoute(gateway, bridge));
        netlink.apply(new LinkRequest.SetDefaultRoute(gateway, bridge));
        assertTrue(netlink.addresses().contains(new LinkAddress(bridge, address, 24)), netlink.addresses().toString());
        assertEquals("10.213.9.2/24", new LinkAddress(bridge, address, 24).cidr());
        List<Route> ipv4 = netlink.routes().stream()
                .filter(route -> route.destination().or(route::gateway).orElseThrow().getAddress().length == 4)
                .toList();
        assertEquals(2, ipv4.size(), ipv4.toString());
        assertTrue(ipv4.contains(new Route(
                false,
                Optional.empty(), 0, Optional.of(gateway), OptionalInt.of(bridge), Route.TABLE_MAIN, 0)));
        assertTrue(ipv4.contains(new Route(
                false,
                Optional.of(InetAddress.getByName("10.213.9.0")),
                24,
                Optional.empty(),
                OptionalInt.of(bridge),
                Route.TABLE_MAIN,
                0)));
        String table = NetworkNamespace.call(
                namespace.number(), () -> Files.readString(Path.of("/proc/thread-self/net/route")));
        assertTrue(table.contains("sbktest0\t00000000\t0109D50A"), table);
        String trie = NetworkNamespace.call(
                namespace.number(), () -> Files.readString(Path.of("/proc/thread-self/net/fib_trie")));
        assertTrue(trie.contains("10.213.9.255"), "the broadcast address is the network's last");
    }

    @Test
    void aRefusalCarriesTheErrorNumberAndTheKernelsOwnWords() throws Exception {
        netlink.apply(new LinkRequest.CreateBridge("sbktest0", MAC, 1500, 1));
        LinuxException taken = assertThrows(
                LinuxException.class, () -> netlink.apply(new LinkRequest.CreateBridge("sbktest0", MAC, 1500, 1)));
        assertEquals(Errno.EEXIST, taken.errno());
        assertTrue(taken.getMessage().contains("sbktest0"), taken.getMessage());
        int bridge = netlink.link("sbktest0").orElseThrow().index();
        LinuxException unreachable = assertThrows(
                LinuxException.class,
                () -> netlink.apply(new LinkRequest.SetDefaultRoute(InetAddress.getByName("192.0.2.1"), bridge)));
        assertTrue(unreachable.getMessage().contains("Nexthop has invalid gateway"), unreachable.getMessage());
        LinuxException absent =
                assertThrows(LinuxException.class, () -> netlink.apply(new LinkRequest.DeleteLink(999_999)));
        assertEquals(Errno.ENODEV, absent.errno());
        assertEquals(Optional.empty(), netlink.link("sbknothere"));
    }

    @Test
    void theRestOfABatchIsCarriedOutAfterAFailureAndTheFirstFailureIsThrown() throws Exception {
        LinuxException failure = assertThrows(
                LinuxException.class,
                () -> netlink.apply(
                        new LinkRequest.CreateBridge("sbktest0", MAC, 1500, 1),
                        new LinkRequest.DeleteLink(999_999),
                        new LinkRequest.CreateBridge("sbktest0", MAC, 1500, 1),
                        new LinkRequest.CreateBridge("sbktest1", MAC, 1500, 1)));
        assertEquals(Errno.ENODEV, failure.errno());
        assertTrue(netlink.link("sbktest1").isPresent());
        assertEquals(3, netlink.links().size());
    }

    @Test
    void aDumpOfManyPartsIsComplete() throws Exception {
        List<LinkRequest> bridges = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            bridges.add(new LinkRequest.CreateBridge("sbkmany" + i, MAC, 1500, 1));
        }
        netlink.apply(bridges);
        assertEquals(121, netlink.links().size());
        for (Link link : netlink.links()) {
            assertTrue(link.loopback() || link.name().startsWith("sbkmany"), link.toString());
        }
    }

    @Test
    void threadsShareOneSocket() throws Exception {
        try (ExecutorService workers = Executors.newFixedThreadPool(4)) {
            List<Future<String>> names = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                String name = "sbkpar" + i;
                names.add(workers.submit(() -> {
                    netlink.apply(new LinkRequest.CreateBridge(name, MAC, 1500, 1));
                    netlink.links();
                    return netlink.link(name).orElseThrow().name();
                }));
            }
            for (int i = 0; i < 40; i++) {
                assertEquals("sbkpar" + i, names.get(i).get());
            }
        }
    }

    @Test
    void aMalformedHardwareAddressNeverReachesTheKernel() throws Exception {
        assertThrows(
                IllegalArgumentException.class,
                () -> netlink.apply(new LinkRequest.CreateBridge("sbktest0", "02:42", 1500, 1)));
        assertEquals(1, netlink.links().size());
    }
}

package dev.stowbook.supervisor.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.FreePort;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.NetworkEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.model.EndpointAddress;
import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.NamespaceSpec;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.NetworkSpec;
import dev.stowbook.supervisor.model.NetworkingSpec;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.StepKind;
import dev.stowbook.supervisor.model.SubnetSpec;
import dev.stowbook.supervisor.state.Evolve;
import dev.stowbook.supervisor.state.State;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server on real sockets: gateways and pods are addresses of the loopback link, the host's name server is one of ours. */
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DnsServerTest {
    /** Of a server that has nobody to wait for. */
    private static final Duration PATIENCE_NOT_NEEDED = Duration.ofSeconds(20);

    private static final NetworkId FRONT = new NetworkId("f".repeat(64));
    private static final NetworkId BACK = new NetworkId("b".repeat(64));
    private static final NetworkId INNER = new NetworkId("a".repeat(64));
    private static final String FRONT_GATEWAY = "127.53.1.1";
    private static final String WEB = "127.53.1.2";
    private static final String DB = "127.53.1.3";
    private static final String ONLY_BACK = "127.53.2.4";
    private static final String ONLY_INNER = "127.53.3.2";

    private final Vertx vertx = Vertx.vertx();
    private TestNameServer upstream;
    private Resolver resolver;
    private DnsServer server;
    private Path hostResolver;
    private State state = State.empty();

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        upstream = TestNameServer.start("127.53.9.9");
        hostResolver = Files.writeString(directory.resolve("resolv.conf"), "# ours\nnameserver 127.53.9.9\n");
        resolver = new Resolver(freePort());
        happened(
                network(FRONT, "front", "127.53.1.0/24", FRONT_GATEWAY, false),
                network(BACK, "back", "127.53.2.0/24", "127.53.2.1", false),
                network(INNER, "inner", "127.53.3.0/24", "127.53.3.1", true));
        pod(1, "web", endpoint(1, FRONT, WEB, "www"), endpoint(2, BACK, "127.53.2.2"));
        pod(2, "db", endpoint(3, FRONT, DB, "store", "both"));
        pod(3, "cache", endpoint(4, FRONT, "127.53.1.4", "both"));
        pod(4, "far", endpoint(5, BACK, ONLY_BACK, "secret"));
        pod(5, "deep", endpoint(6, INNER, ONLY_INNER));
        server = new DnsServer(
                vertx, new DnsOptions(resolver.port(), hostResolver, upstream.port(), PATIENCE_NOT_NEEDED, 8, 4));
        server.changed(state);
        for (String asker : List.of(WEB, ONLY_BACK, ONLY_INNER)) {
            resolver.awaitAnswer(asker, gatewayOf(asker));
        }
        resolver.awaitForwarding(WEB, FRONT_GATEWAY);
        upstream.forget();
    }

    @AfterEach
    void stop() throws Exception {
        server.close().toCompletionStage().toCompletableFuture().get();
        vertx.close().toCompletionStage().toCompletableFuture().get();
        upstream.close();
    }

    private static int freePort() throws Exception {
        return FreePort.at(FRONT_GATEWAY);
    }

    private void happened(Event... events) {
        for (Event event : events) {
            state = Evolve.apply(state, new Recorded(state.sequence() + 1, Instant.EPOCH, event));
            if (event instanceof NetworkEvent.NetworkCreated created) {
                happened(new NetworkEvent.NetworkReady(created.network(), "lo"));
            }
        }
    }

    private static NetworkEvent network(NetworkId id, String name, String subnet, String gateway, boolean internal) {
        return new NetworkEvent.NetworkCreated(
                id, "bridge", new NetworkSpec(name, List.of(), false, internal, true, OptionalInt.empty(), new TreeMap<>()),
                List.of(new SubnetSpec(subnet, gateway)));
    }

    private static EndpointSpec endpoint(int n, NetworkId network, String address, String... aliases) {
        return new EndpointSpec(
                new EndpointId("%064x".formatted(n)), network, "eth" + n, List.of(new EndpointAddress(address, false)),
                List.of(aliases), Optional.empty(), 0);
    }

    private void pod(int n, String name, EndpointSpec... endpoints) {
        PodId id = new PodId("%064x".formatted(n));
        PodSpec spec = new PodSpec(
                name, new TreeMap<>(), Optional.empty(), PodSpec.RestartPolicy.NEVER, Duration.ZERO, NamespaceSpec.defaults(), List.of(), Optional.empty(), List.of(),
                NetworkingSpec.defaults(), dev.stowbook.supervisor.model.ResourceSpec.unlimited());
        happened(
                new PodEvent.PodCreated(id, spec, name + "-host", List.of(endpoints), List.of(), Optional.empty()),
                new PodEvent.PodStarting(
                        id, 1, Optional.empty(),
                        List.of(new PlannedStep("sandbox", StepKind.CREATE_SANDBOX, Optional.empty(), List.of()))));
    }

    private Resolver.Answer ask(String from, String name, String type) throws Exception {
        return resolver.udp(from, gatewayOf(from), name, type);
    }

    private static String gatewayOf(String address) {
        return address.substring(0, address.lastIndexOf('.')) + ".1";
    }

    @Test
    void namesAliasesAndHostNamesOfTheNetworkResolve() throws Exception {
        for (String name : List.of("db", "DB", "db.", "store", "db-host", "db.front", "store.front")) {
            assertEquals(List.of(DB), ask(WEB, name, "A").addresses(), name);
        }
    }

    @Test
    void aSharedAliasHasTheAddressesOfAllInTurn() throws Exception {
        List<String> first = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Resolver.Answer answer = ask(WEB, "both", "A");
            assertEquals(List.of(DB, "127.53.1.4"), answer.addresses().stream().sorted().toList());
            first.add(answer.addresses().getFirst());
        }
        assertEquals(2, first.stream().distinct().count(), "each of them comes first at times");
    }

    @Test
    void onlyMembersOfTheAskersNetworksAreSeen() throws Exception {
        assertEquals(List.of(ONLY_BACK), ask(WEB, "secret", "A").addresses(), "web is on back, too");
        assertEquals(3, ask(DB, "secret", "A").code(), "NXDOMAIN of the host's server");
        assertEquals(3, ask(DB, "far.back", "A").code());
        assertEquals(List.of(WEB), ask(DB, "web", "A").addresses(), "by the address in the network both are on");
        assertEquals(List.of("127.53.2.2"), ask(ONLY_BACK, "web", "A").addresses());
        assertEquals(List.of("127.53.2.2"), resolver.udp(ONLY_BACK, FRONT_GATEWAY, "web", "A").addresses(), "whichever gateway it asks");
        assertEquals(3, resolver.udp(ONLY_BACK, FRONT_GATEWAY, "db", "A").code());
    }

    @Test
    void aNameWithoutAnAddressOfThatFamilyExistsAllTheSame() throws Exception {
        Resolver.Answer answer = ask(WEB, "db", "AAAA");
        assertEquals(0, answer.code());
        assertEquals(List.of(), answer.addresses());
        assertEquals(0, ask(WEB, "db", "MX").code());
        assertEquals(0, upstream.questions().stream().filter(name -> name.equals("db")).count(), "nobody outside was asked");
    }

    @Test
    void addressesHaveNamesForThoseWhoSeeThem() throws Exception {
        assertEquals(List.of("db.front"), ask(WEB, "3.1.53.127.in-addr.arpa", "PTR").names());
        assertEquals(3, ask(DB, "4.2.53.127.in-addr.arpa", "PTR").code(), "it is on a network that db is not on");
        assertEquals(3, ask(WEB, "200.1.53.127.in-addr.arpa", "PTR").code(), "nobody has it");
        assertEquals(0, upstream.questions().stream().filter(name -> name.endsWith("53.127.in-addr.arpa")).count());
    }

    @Test
    void whatIsNotOursIsAskedOfTheHostsServers() throws Exception {
        assertEquals(List.of("192.0.2.7"), ask(WEB, "outside.example", "A").addresses());
        assertEquals(3, ask(WEB, "missing.example", "A").code());
        assertEquals(2, ask(WEB, "broken.example", "A").code(), "SERVFAIL is told when nobody knows better");
    }

    @Test
    void aServerOfTheHostsThatIsSilentIsPassedOver() throws Exception {
        Files.writeString(hostResolver, "nameserver 127.53.9.8\nnameserver 127.53.9.9\n");
        try (DnsServerHandle handle = new DnsServerHandle(vertx, state, hostResolver, upstream.port(), Duration.ofSeconds(3))) {
            handle.resolver.awaitForwarding(WEB, FRONT_GATEWAY);
            assertEquals(List.of("192.0.2.7"), handle.resolver.udp(WEB, FRONT_GATEWAY, "outside.example", "A").addresses());
        }
    }

    @Test
    void whatIsAskedBeforeTheHostsServersAreKnownWaitsForThem(@TempDir Path directory) throws Exception {
        Path slow = directory.resolve("slow.conf");
        assertEquals(0, new ProcessBuilder("mkfifo", slow.toString()).start().waitFor());
        try (DnsServerHandle handle = new DnsServerHandle(vertx, state, slow, upstream.port(), Duration.ofMinutes(4))) {
            handle.resolver.awaitAnswer(WEB, FRONT_GATEWAY);
            try (Resolver.Asked early = handle.resolver.ask(WEB, FRONT_GATEWAY, "outside.example", "A")) {
                handle.resolver.awaitAnswer(WEB, FRONT_GATEWAY); // so it has been looked at what came before
                try (OutputStream out = Files.newOutputStream(slow)) {
                    Files.copy(hostResolver, slow, StandardCopyOption.REPLACE_EXISTING); // for later looks
                    out.write(Files.readAllBytes(hostResolver));
                }
                assertEquals(List.of("192.0.2.7"), early.answer().addresses());
            }
        }
    }

    @Test
    void aFileOfTheHostsServersThatComesBackIsReadAgain() throws Exception {
        Path away = Files.move(hostResolver, hostResolver.resolveSibling("away"));
        while (ask(WEB, "missing.example", "A").code() != 2) {
            Thread.sleep(50);
        }
        Files.move(away, hostResolver); // as old as it was
        while (ask(WEB, "missing.example", "A").code() != 3) {
            Thread.sleep(50);
        }
        assertEquals(List.of("192.0.2.7"), ask(WEB, "outside.example", "A").addresses());
    }

    @Test
    void anInternalNetworkAsksNobody() throws Exception {
        assertEquals(List.of(ONLY_INNER), ask(ONLY_INNER, "deep", "A").addresses());
        assertEquals(3, ask(ONLY_INNER, "outside.example", "A").code());
        assertEquals(List.of(), upstream.questions());
    }

    @Test
    void ourOwnAddressesAreNeverAsked() throws Exception {
        Files.writeString(hostResolver, "nameserver " + FRONT_GATEWAY + "\n");
        try (DnsServerHandle handle = new DnsServerHandle(vertx, state, hostResolver, upstream.port(), PATIENCE_NOT_NEEDED)) {
            handle.resolver.awaitAnswer(WEB, FRONT_GATEWAY);
            long begun = System.nanoTime();
            assertEquals(2, handle.resolver.udp(WEB, FRONT_GATEWAY, "outside.example", "A").code());
            assertTrue(System.nanoTime() - begun < PATIENCE_NOT_NEEDED.toNanos(), "at once, since there is nobody to ask");
        }
    }

    /** One more server, on a port of its own. */
    private static final class DnsServerHandle implements AutoCloseable {
        final Resolver resolver = new Resolver(freePort());
        private final DnsServer server;

        DnsServerHandle(Vertx vertx, State state, Path file, int upstreamPort, Duration patience) throws Exception {
            server = new DnsServer(vertx, new DnsOptions(resolver.port(), file, upstreamPort, patience, 8, 4));
            server.changed(state);
        }

        @Override
        public void close() throws Exception {
            server.close().toCompletionStage().toCompletableFuture().get();
        }
    }

    @Test
    void aForgedAnswerIsNotBelieved() throws Exception {
        upstream.forgeFirst();
        assertEquals(List.of("192.0.2.7"), ask(WEB, "outside.example", "A").addresses());
        assertEquals(upstream.ids().size(), upstream.ids().stream().distinct().count());
        assertNotEquals(List.of(Resolver.ID), upstream.ids(), "the asker's id is not used outside");
    }

    @Test
    void whatIsTooLongForUdpIsAskedForOverTcp() throws Exception {
        for (int i = 0; i < 60; i++) {
            pod(100 + i, "many-" + i, endpoint(1000 + i, FRONT, "127.53.1." + (100 + i), "many"));
        }
        server.changed(state);
        Resolver.Answer cut = ask(WEB, "many", "A");
        while (!cut.truncated()) { // it has not heard of them yet
            cut = ask(WEB, "many", "A");
        }
        assertEquals(List.of(), cut.addresses());
        assertEquals(60, resolver.tcp(WEB, FRONT_GATEWAY, "many", "A").addresses().size());
        assertEquals(60, resolver.withPayload(1232).udp(WEB, FRONT_GATEWAY, "many", "A").addresses().size());
        assertEquals(List.of("192.0.2.7"), resolver.tcp(WEB, FRONT_GATEWAY, "outside.example", "A").addresses());
    }

    @Test
    void extensionsArePassedOn() throws Exception {
        resolver.withPayload(1400).udp(WEB, FRONT_GATEWAY, "outside.example", "A");
        assertEquals(List.of(1400), upstream.payloads());
    }

    @Test
    void answersFollowTheState() throws Exception {
        happened(new PodEvent.PodStopped(new PodId("%064x".formatted(2)), 1));
        server.changed(state);
        while (!ask(WEB, "db", "A").addresses().isEmpty()) {
            Thread.sleep(10);
        }
        happened(new NetworkEvent.NetworkRemoving(INNER));
        server.changed(state);
        while (!resolver.nobodyListens(ONLY_INNER, gatewayOf(ONLY_INNER))) {
            Thread.sleep(10);
        }
    }

    @Test
    void nonsenseIsAnsweredAsSuchAndHurtsNobody() throws Exception {
        assertEquals(1, resolver.raw(WEB, FRONT_GATEWAY, new byte[] {0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 63}).code(), "FORMERR");
        assertEquals(4, resolver.raw(WEB, FRONT_GATEWAY, new byte[] {0, 7, 0x28, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1}).code(), "NOTIMP");
        java.util.Random random = new java.util.Random(7);
        for (int i = 0; i < 300; i++) {
            byte[] bytes = new byte[random.nextInt(80)];
            random.nextBytes(bytes);
            resolver.send(WEB, FRONT_GATEWAY, bytes);
        }
        resolver.awaitAnswer(WEB, FRONT_GATEWAY); // so many at once may have left no room for one more
        assertEquals(List.of(DB), ask(WEB, "db", "A").addresses());
    }

    @Test
    void whoAsksTooMuchGetsNoMoreAndOthersDo() throws Exception {
        upstream.silent(true);
        for (int i = 0; i < 40; i++) {
            resolver.send(WEB, FRONT_GATEWAY, Resolver.question("flood-" + i + ".example", "A", 0));
        }
        assertEquals(2, ask(WEB, "outside.example", "A").code(), "SERVFAIL at once");
        upstream.silent(false);
        assertEquals(List.of("192.0.2.7"), ask(DB, "outside.example", "A").addresses());
    }

    @Test
    void whoReadsNoAnswersIsMadeToWait() throws Exception {
        byte[] question = Resolver.question("both", "A", 0);
        ByteBuffer many = ByteBuffer.allocate(1000 * (2 + question.length));
        while (many.hasRemaining()) {
            many.putShort((short) question.length).put(question);
        }
        try (SocketChannel channel = SocketChannel.open()) {
            channel.bind(new InetSocketAddress(WEB, 0)).connect(new InetSocketAddress(FRONT_GATEWAY, resolver.port()));
            channel.configureBlocking(false);
            long written = 0;
            for (int stalled = 0; stalled < 100; ) {
                int count = channel.write(many.hasRemaining() ? many : many.rewind());
                written += count;
                stalled = count == 0 ? stalled + 1 : 0;
                assertTrue(written < 64 << 20, "all of " + written + " bytes of questions were taken");
                Thread.sleep(count == 0 ? 10 : 0);
            }
        } catch (IOException e) {
            // it has waited for so long that the server let go of it
        }
        assertEquals(List.of(DB), ask(WEB, "db", "A").addresses());
    }
}

package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.linux.net.Link;
import dev.stowbook.linux.net.Netlink;
import dev.stowbook.linux.net.Nftables;
import dev.stowbook.testkit.KernelSnapshot;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Rows of networking through the whole daemon, read back from the kernel and from the book. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BridgeIT {
    private static final int PORT = 28480;

    private DaemonProcess daemon;
    private Rest rest;
    private String instance = "";
    private KernelSnapshot before = KernelSnapshot.take(KernelSnapshot.Filter.ofKernelOnly("/nowhere"));

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        before = KernelSnapshot.take(KernelSnapshot.Filter.ofKernelOnly(directory.toString()));
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
        instance = rest.get("/v1/info").ok().json().get("instanceId").asText();
        daemon.importBusybox();
    }

    @AfterAll
    void stop() throws Exception {
        daemon.close();
        KernelSnapshot.assertNothingLeft(before);
    }

    @AfterEach
    void removePods() throws IOException {
        daemon.removeAllPods();
    }

    /** A pod that tells its name to whoever connects to port 80. */
    private JsonNode serve(String name, String ports) throws Exception {
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: %1$s}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                    - name: main
                      image: busybox
                      command: [nc, "-ll", "-p", "80", "-e", "echo", "%1$s"]
                      ports: [%2$s]
                """.formatted(name, ports)).ok();
        JsonNode container = rest.get("/v1/containers/" + name).ok().json();
        for (int i = 0; i < 6000 && !container.get("state").asText().equals("running"); i++) {
            Thread.sleep(10);
            container = rest.get("/v1/containers/" + name).ok().json();
        }
        assertEquals("running", container.get("state").asText(), container.toString());
        return container;
    }

    private List<JsonNode> events(String type) throws IOException {
        return rest.events(1).stream()
                .filter(event -> event.get("type").asText().startsWith("dev.stowbook." + type + "."))
                .toList();
    }

    private JsonNode awaitEvent(String type, String about) throws Exception {
        for (int i = 0; i < 6000; i++) {
            Optional<JsonNode> found = events(type).stream()
                    .filter(event -> event.get("data").toString().contains(about))
                    .findFirst();
            if (found.isPresent()) {
                return found.get();
            }
            Thread.sleep(10);
        }
        throw new AssertionError("no " + type + " about " + about + " in " + rest.events(1));
    }

    /** What a server says: a container that runs may not listen yet. */
    private static Optional<String> fetch(String address, int port) throws InterruptedException {
        return fetch(address, port, 1200);
    }

    private static Optional<String> fetch(String address, int port, int attempts) throws InterruptedException {
        for (int attempt = 0; attempt < attempts; attempt++) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(address, port), 1000);
                socket.setSoTimeout(30_000);
                String said = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
                if (!said.isEmpty()) {
                    return Optional.of(said);
                }
            } catch (IOException e) {
                // not yet, or not at all: said below
            }
            Thread.sleep(50);
        }
        return Optional.empty();
    }

    private String inside(String container, String file) throws IOException {
        long pid = rest.get("/v1/containers/" + container).ok().json().get("pid").asLong();
        return Files.readString(Path.of("/proc/" + pid + "/" + file));
    }

    @Test
    void n8_aContainerHasLoopbackAndItsOwnLinkOnlyAndTwoBindTheSamePort() throws Exception {
        JsonNode one = serve("one", "");
        JsonNode two = serve("two", "");
        List<String> links = inside("one", "net/dev").lines()
                .skip(2)
                .map(line -> line.strip().split(":")[0])
                .sorted()
                .toList();
        assertEquals(List.of("eth0", "lo"), links);
        assertEquals(Optional.of("one"), fetch(address(one), 80));
        assertEquals(Optional.of("two"), fetch(address(two), 80), "both listen on port 80 at once");
        assertTrue(events("EndpointJoined").size() >= 2);
    }

    @Test
    void n9_theTwoEndsOfAPairNameEachOtherAndTheContainersEndTakesBoth() throws Exception {
        JsonNode container = serve("n9", "");
        long pid = container.get("pid").asLong();
        try (Netlink host = Netlink.open();
                dev.stowbook.linux.Fd namespace = dev.stowbook.linux.net.NetworkNamespace.open(Path.of("/proc/" + pid + "/ns/net"));
                Netlink inside = Netlink.open(namespace.number())) {
            Link far = inside.link("eth0").orElseThrow();
            Link near = host.links().stream()
                    .filter(link -> link.index() == far.peerIndex().orElse(-1))
                    .findFirst()
                    .orElseThrow();
            assertEquals(far.index(), near.peerIndex().orElseThrow());
            assertTrue(near.peerNamespaceId().isPresent() && far.peerNamespaceId().isPresent(), "each is in another namespace");
            assertEquals(near.name(), awaitEvent("EndpointJoined", container.get("podId").asText()).get("data").get("hostLink").asText());
            daemon.removeAllPods();
            inside.close();
            namespace.close();
            for (int attempt = 0; attempt < 3000 && host.link(near.name()).isPresent(); attempt++) {
                Thread.sleep(20);
            }
            assertEquals(Optional.empty(), host.link(near.name()));
        }
    }

    @Test
    void d8_publishedPortsReachInOnBothLoopbacksUntilTheStopAndTheRulesGoWithThem() throws Exception {
        String ports = "{containerPort: 80, hostPort: %d, hostIP: 127.0.0.1}, {containerPort: 80, hostPort: %d, hostIP: '::1'}";
        JsonNode web = serve("web", ports.formatted(PORT, PORT));
        assertEquals(Optional.of("web"), fetch("127.0.0.1", PORT));
        assertEquals(Optional.of("web"), fetch("::1", PORT));
        assertTrue(rules().contains(" . " + PORT + " comment"), rules());

        daemon.killHard();
        assertEquals(Optional.of("web"), fetch("127.0.0.1", PORT), "though nobody supervises");
        assertEquals(Optional.of("web"), fetch("::1", PORT));
        daemon.restart();
        rest = daemon.rest();

        rest.delete("/v1/pods/" + web.get("podId").asText() + "?force=true&grace=0").ok();
        assertEquals(Optional.empty(), fetch("127.0.0.1", PORT, 5));
        assertEquals(Optional.empty(), fetch("::1", PORT, 5));
        assertTrue(!rules().contains(" . " + PORT + " comment"), rules());
    }

    @Test
    void d8_rulesThatSomebodyElseRemovesAreNoticedPutBackAndTold() throws Exception {
        serve("flushed", "{containerPort: 80, hostPort: " + (PORT + 1) + "}");
        assertEquals(Optional.of("flushed"), fetch("127.0.0.1", PORT + 1));
        Process nft = new ProcessBuilder("nft", "delete table inet stowbook_" + instance).inheritIO().start();
        assertEquals(0, nft.waitFor());

        JsonNode flushed = awaitEvent("RulesFlushed", "(nft)");
        JsonNode repaired = awaitEvent("RulesRepaired", "127.0.0.1:" + (PORT + 1));
        assertTrue(flushed.get("sequence").asLong() < repaired.get("sequence").asLong());
        assertEquals(Optional.of("flushed"), fetch("127.0.0.1", PORT + 1));
    }

    private String address(JsonNode container) throws IOException {
        return rest.get("/v1/pods/" + container.get("podId").asText()).ok().json().get("address").asText();
    }

    private String rules() throws Exception {
        try (Nftables nft = Nftables.open()) {
            return nft.run("list table inet stowbook_" + instance);
        }
    }
}

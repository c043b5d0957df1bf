package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.net.NetworkNamespace;
import dev.stowbook.testkit.KernelSnapshot;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Ports that follow one another are published through the whole daemon; traffic tells. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PortRangesIT {
    private static final int HOST_PORT = 28600;
    private static final int MOST = 4096;

    private DaemonProcess daemon;
    private Pods pods;
    private KernelSnapshot before;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        before = KernelSnapshot.take(KernelSnapshot.Filter.ofKernelOnly(directory.toString()));
        daemon = DaemonProcess.start(directory);
        pods = new Pods(daemon.rest());
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

    private static String manifest(String name, String command, String ranges) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers:
                    - {name: main, image: busybox, command: [sh, -c, "%s"], stowbook: {portRanges: [%s]}}
                """.formatted(name, command, ranges);
    }

    /** The host's own addresses that lead to a port on every address: its loopback, and the first other. */
    private static List<String> hostAddresses() throws IOException {
        String other = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .map(InetAddress::getHostAddress)
                .findFirst()
                .orElseThrow();
        return List.of("127.0.0.1", other);
    }

    @Test
    void d8_theFirstMiddleAndLastPortOfARangeLeadInByTcp() throws Exception {
        String serve = "for p in 7000 7005 7010 7011; do nc -ll -p $p -e echo port $p & done; wait";
        String ranges = "{containerPort: 7000, endPort: 7010, hostPort: %d, hostIP: 0.0.0.0}".formatted(HOST_PORT);
        JsonNode container = pods.run("ranges", manifest("ranges", serve, ranges));
        for (String address : hostAddresses()) {
            for (int offset : List.of(0, 5, 10)) {
                assertEquals(Optional.of("port " + (7000 + offset)), fetch(address, HOST_PORT + offset, 1200), address + ", " + offset);
            }
            assertEquals(Optional.empty(), fetch(address, HOST_PORT + 11, 2), "behind the last one");
        }
        JsonNode shown = container.get("ports");
        assertEquals(1, shown.size(), "a range is shown as one: " + shown);
        assertEquals(11, shown.get(0).get("count").asInt());
        assertTrue(Command.stowbook("-H", daemon.run().resolve("api.sock").toString(), "ps").out()
                .contains("0.0.0.0:%d-%d->7000-7010/tcp".formatted(HOST_PORT, HOST_PORT + 10)));
        JsonNode published = pods.event("PortsPublished", container.get("podId").asText()).at("/data/ports");
        assertEquals(11, published.get(0).get("count").asInt(), published.toString());

        JsonNode refused = daemon.rest().postYaml("/v1/pods", manifest(
                "second", "sleep 600", "{containerPort: 1, endPort: 3, hostPort: " + (HOST_PORT + 9) + "}")).json();
        assertTrue(refused.toString().contains("port %d-%d/tcp on 127.0.0.1 is published by pod ranges".formatted(HOST_PORT + 9, HOST_PORT + 11)), refused.toString());
        daemon.removeAllPods();
        assertEquals(Optional.empty(), fetch("127.0.0.1", HOST_PORT + 5, 2), "after its pod");
    }

    @Test
    void d8_theFirstMiddleAndLastPortOfARangeLeadInByUdp() throws Exception {
        String ranges = "{containerPort: 7000, endPort: 7010, hostPort: %d, hostIP: 0.0.0.0, protocol: UDP}".formatted(HOST_PORT);
        JsonNode container = pods.run("udp", manifest("udp", "sleep 600", ranges));
        try (Fd namespace = NetworkNamespace.open(Path.of("/proc/" + container.get("pid").asLong() + "/ns/net"))) {
            for (int offset : List.of(0, 5, 10)) {
                int port = 7000 + offset;
                try (DatagramSocket server = NetworkNamespace.call(namespace.number(), () -> new DatagramSocket(port))) {
                    for (String address : hostAddresses()) {
                        assertTrue(echoed(server, address, HOST_PORT + offset), address + ":" + port);
                    }
                }
            }
        }
    }

    /** Whether a packet arrives at the server, and its answer where that came from. */
    private static boolean echoed(DatagramSocket server, String address, int port) throws IOException {
        try (DatagramSocket client = new DatagramSocket()) {
            client.setSoTimeout(2000);
            server.setSoTimeout(2000);
            byte[] question = {1, 2, 3};
            client.send(new DatagramPacket(question, question.length, new InetSocketAddress(address, port)));
            DatagramPacket heard = new DatagramPacket(new byte[8], 8);
            server.receive(heard);
            server.send(heard);
            DatagramPacket back = new DatagramPacket(new byte[8], 8);
            client.receive(back);
            return back.getLength() == question.length && back.getPort() == port;
        }
    }

    @Test
    void asManyAsThereMayBeArePublishedAndTakenAwayAndFoundAgainAfterAKill() throws Exception {
        String ranges = "{containerPort: 1, endPort: %d, hostPort: 22000}".formatted(MOST);
        long begun = System.nanoTime();
        pods.run("most", manifest("most", "nc -ll -p 4096 -e echo last", ranges));
        System.out.println(MOST + " ports: started in " + (System.nanoTime() - begun) / 1_000_000 + " ms");
        assertEquals(Optional.of("last"), fetch("127.0.0.1", 22000 + MOST - 1, 1200));
        daemon.killHard();
        daemon.restart();
        assertEquals(Optional.of("last"), fetch("127.0.0.1", 22000 + MOST - 1, 1200));
        begun = System.nanoTime();
        daemon.removeAllPods();
        System.out.println(MOST + " ports: removed in " + (System.nanoTime() - begun) / 1_000_000 + " ms");
        assertEquals(Optional.empty(), fetch("127.0.0.1", 22000 + MOST - 1, 2));
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
                // not yet, or not at all: the caller says which
            }
            Thread.sleep(50);
        }
        return Optional.empty();
    }
}

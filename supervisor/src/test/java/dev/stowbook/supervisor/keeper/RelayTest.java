package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.supervisor.FreePort;
import dev.stowbook.supervisor.keeper.PortsPlan.HeldPort;
import dev.stowbook.supervisor.keeper.PortsPlan.Protocol;
import dev.stowbook.supervisor.keeper.PortsPlan.Target;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The process that holds a pod's ports carries what the kernel can't translate. The servers here stand for containers. */
class RelayTest extends ContainersTest {
    private static final Placement NOWHERE = new Placement(Optional.empty(), List.of());
    private static final int RELAYED_CONNECTIONS = 512; // relay.c

    private final InetAddress loopback6 = address("::1");
    private final InetAddress container = address("127.0.0.1");
    private final List<AutoCloseable> open = new ArrayList<>();
    private Path pod = Path.of("/nowhere");

    @AfterEach
    void release() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
        PortHolder.release(pod);
    }

    @Test
    void aConnectionToLoopbackOfIpv6IsCarriedWithEveryByteAndBothEnds() throws Exception {
        ServerSocket server = server();
        InetSocketAddress published = relay(Protocol.TCP, server.getLocalPort());
        byte[] sent = new byte[3_000_000];
        new Random(1).nextBytes(sent);
        var received = CompletableFuture.supplyAsync(() -> answered(server, "that was all".getBytes(StandardCharsets.UTF_8)));
        try (Socket client = connect(published)) {
            client.getOutputStream().write(sent);
            client.shutdownOutput();
            assertEquals("that was all", new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8), "after our end, too");
        }
        assertArrayEquals(sent, received.get());
    }

    @Test
    void aClientThatDoesNotReadKeepsNobodyElseWaiting() throws Exception {
        ServerSocket server = server();
        InetSocketAddress published = relay(Protocol.TCP, server.getLocalPort());
        Socket slow = connect(published);
        Socket flooding = accept(server);
        Thread.ofPlatform().daemon().start(() -> {
            try {
                flooding.getOutputStream().write(new byte[64 << 20]); // never read
            } catch (IOException e) {
                assertTrue(slow.isClosed(), "it ends with the slow client only");
            }
        });
        for (int i = 0; slow.getInputStream().available() < 50_000; i++) {
            assertTrue(i < 6000, "it is given as much as it takes");
            Thread.sleep(10);
        }
        for (int i = 0; i < 20; i++) {
            var received = CompletableFuture.supplyAsync(() -> answered(server, new byte[] {7}));
            try (Socket quick = connect(published)) {
                quick.shutdownOutput();
                assertEquals(7, quick.getInputStream().read());
            }
            received.get();
        }
        byte[] all = slow.getInputStream().readNBytes(64 << 20);
        assertEquals(64 << 20, all.length, "the slow one gets everything in the end");
    }

    @Test
    void aTargetThatRefusesIsToldAsAnErrorAndAResetIsPassedOn() throws Exception {
        ServerSocket server = server();
        InetSocketAddress published = relay(Protocol.TCP, server.getLocalPort());
        try (Socket client = connect(published);
                Socket accepted = accept(server)) {
            accepted.setSoLinger(true, 0);
            accepted.close();
            assertThrows(SocketException.class, () -> client.getInputStream().read());
        }
        server.close();
        assertThrows(SocketException.class, () -> connect(published).getInputStream().read());
        assertTrue(PortHolder.find(pod).orElseThrow().process().isAlive());
    }

    @Test
    void moreConnectionsThanThereIsRoomForWaitAndAreServedLater() throws Exception {
        ServerSocket server = server();
        InetSocketAddress published = relay(Protocol.TCP, server.getLocalPort());
        List<Socket> clients = new ArrayList<>();
        List<Socket> accepted = new ArrayList<>();
        for (int i = 0; i < RELAYED_CONNECTIONS; i++) {
            clients.add(connect(published));
            accepted.add(accept(server));
        }
        Socket waiting = connect(published); // in the kernel's queue
        server.setSoTimeout(300);
        assertThrows(SocketTimeoutException.class, server::accept);
        clients.getFirst().close();
        accepted.getFirst().close(); // a connection has two ends
        server.setSoTimeout(60_000);
        Socket served = accept(server);
        served.getOutputStream().write(9);
        assertEquals(9, waiting.getInputStream().read());
    }

    @Test
    void datagramsAreCarriedBothWaysForEachClient() throws Exception {
        DatagramSocket server = new DatagramSocket(new InetSocketAddress(container, 0));
        open.add(server);
        InetSocketAddress published = relay(Protocol.UDP, server.getLocalPort());
        Thread.ofPlatform().daemon().start(() -> echo(server));
        List<DatagramSocket> clients = new ArrayList<>();
        for (int i = 0; i < 300; i++) { // more than there are sessions: who has been quiet for longest makes room
            DatagramSocket client = new DatagramSocket(new InetSocketAddress(loopback6, 0));
            client.connect(published); // takes answers from there only
            open.add(client);
            clients.add(client);
            assertEquals("client " + i, exchanged(client, "client " + i));
        }
        assertEquals("first again", exchanged(clients.getFirst(), "first again"));
    }

    @Test
    void whoCarriesStrangersBytesHasNoPrivileges() throws Exception {
        ServerSocket server = server();
        InetSocketAddress published = relay(Protocol.TCP, server.getLocalPort());
        connect(published);
        accept(server); // it carries
        String status = Files.readString(Path.of("/proc/" + PortHolder.find(pod).orElseThrow().process().pid() + "/status"));
        assertTrue(status.contains("CapPrm:\t0000000000000000"), status);
        assertTrue(status.contains("Uid:\t65534\t65534\t65534\t65534"), status);
        assertTrue(status.contains("NoNewPrivs:\t1"), status);
    }

    private ServerSocket server() throws IOException {
        ServerSocket server = new ServerSocket(0, 50, container);
        server.setSoTimeout(60_000);
        open.add(server);
        return server;
    }

    private InetSocketAddress relay(Protocol protocol, int target) throws Exception {
        pod = Files.createDirectory(containers.directory.resolve("pod"));
        int port = FreePort.at("::1");
        containers.spawner.ports(new PortsPlan(
                "p", pod, List.of(new HeldPort(protocol, loopback6, port, Optional.of(new Target(container, target)))), NOWHERE));
        return new InetSocketAddress(loopback6, port);
    }

    private Socket connect(InetSocketAddress published) throws IOException {
        Socket socket = new Socket();
        open.add(socket);
        socket.setSoTimeout(60_000);
        socket.connect(published, 60_000);
        return socket;
    }

    private Socket accept(ServerSocket server) throws IOException {
        Socket socket = server.accept();
        open.add(socket);
        return socket;
    }

    private static byte[] answered(ServerSocket server, byte[] answer) {
        try (Socket accepted = server.accept()) {
            byte[] all = accepted.getInputStream().readAllBytes();
            accepted.getOutputStream().write(answer);
            return all;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void echo(DatagramSocket server) {
        DatagramPacket packet = new DatagramPacket(new byte[64], 64);
        try {
            while (true) {
                packet.setLength(64);
                server.receive(packet);
                server.send(packet);
            }
        } catch (IOException e) {
            return; // closed by the end of the test
        }
    }

    private static String exchanged(DatagramSocket client, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        client.setSoTimeout(60_000);
        client.send(new DatagramPacket(bytes, bytes.length));
        DatagramPacket answer = new DatagramPacket(new byte[64], 64);
        client.receive(answer);
        return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}

package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.supervisor.FreePort;
import dev.stowbook.supervisor.keeper.PortsPlan.HeldPort;
import dev.stowbook.supervisor.keeper.PortsPlan.Protocol;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Published ports are held by bound sockets. */
class PortsTest extends ContainersTest {
    private static final Placement NOWHERE = new Placement(Optional.empty(), List.of());

    private static int freePort() throws IOException {
        return FreePort.at("127.0.0.1", "::1");
    }

    private Path pod() throws IOException {
        return Files.createDirectory(containers.directory.resolve("pod"));
    }

    @Test
    void aHeldPortIsRefusedToEverybodyElseEvenWithReuse() throws Exception {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        int port = freePort();
        Path pod = pod();
        PortHolder holder = containers.spawner.ports(new PortsPlan(
                "p", pod, List.of(new HeldPort(Protocol.TCP, loopback, port), new HeldPort(Protocol.UDP, loopback, port),
                        new HeldPort(Protocol.TCP, InetAddress.getByName("::1"), port)), NOWHERE));
        try {
            for (boolean reuse : List.of(false, true)) {
                for (String address : List.of("127.0.0.1", "0.0.0.0", "::1")) {
                    try (ServerSocket foreign = new ServerSocket()) {
                        foreign.setReuseAddress(reuse);
                        assertThrows(BindException.class, () -> foreign.bind(new InetSocketAddress(address, port), 1), address + " reuse " + reuse);
                    }
                }
            }
            assertThrows(BindException.class, () -> new DatagramSocket(new InetSocketAddress(loopback, port)).close());
            assertThrows(ConnectException.class, () -> new Socket(loopback, port).close(), "held, but nobody listens");
            assertEquals(holder, PortHolder.find(pod).orElseThrow());
            assertTrue(holder.process().isAlive());
        } finally {
            PortHolder.release(pod);
            PortHolder.release(pod);
        }
        assertFalse(holder.process().isAlive());
        new ServerSocket(port, 1, loopback).close();
        new DatagramSocket(new InetSocketAddress(loopback, port)).close();
    }

    @Test
    void aPortThatSomebodyHasIsToldByAddressAndNoneIsHeld() throws Exception {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        int free = freePort();
        try (ServerSocket foreign = new ServerSocket(0, 1, loopback)) {
            KeeperFailedException failure = assertThrows(KeeperFailedException.class, () -> containers.spawner.ports(new PortsPlan(
                    "p", pod(), List.of(new HeldPort(Protocol.TCP, loopback, free), new HeldPort(Protocol.TCP, loopback, foreign.getLocalPort())), NOWHERE)));
            assertEquals(98, failure.errno());
            assertEquals("127.0.0.1:" + foreign.getLocalPort() + "/tcp", failure.path());
        }
        new ServerSocket(free, 1, loopback).close();
    }

    @Test
    void connectionsInTimeWaitAreNoReasonToRefuse() throws Exception {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        int port;
        try (ServerSocket server = new ServerSocket(0, 1, loopback)) {
            port = server.getLocalPort();
            try (Socket client = new Socket(loopback, port); Socket accepted = server.accept()) {
                accepted.close(); // the server's side closes first and so keeps TIME_WAIT
                assertEquals(-1, client.getInputStream().read());
            }
        }
        Path pod = pod();
        containers.spawner.ports(new PortsPlan("p", pod, List.of(new HeldPort(Protocol.TCP, loopback, port)), NOWHERE));
        PortHolder.release(pod);
    }
}

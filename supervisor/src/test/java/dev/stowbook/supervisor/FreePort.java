package dev.stowbook.supervisor;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A port for somebody who will bind it a moment later. It is none that the kernel gives to connections on their way out
 * (ip(7) "ip_local_port_range"), so that no connection of anybody's takes it in that moment.
 */
public final class FreePort {
    private static final int LOWEST = 12_000;
    private static final Path RANGE = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

    private FreePort() {}

    /** Free at all of these addresses, for TCP and UDP. */
    public static int at(String... addresses) throws IOException {
        // in one read(2), as readString does not: such a file gives nothing at any other offset
        int end = Integer.parseInt(Files.readAllLines(RANGE).getFirst().strip().split("\\s+")[0]);
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, end > LOWEST ? end : 65_536);
            if (isFree(port, addresses)) {
                return port;
            }
        }
    }

    private static boolean isFree(int port, String... addresses) throws IOException {
        for (String each : addresses) {
            InetAddress address = InetAddress.getByName(each);
            try (ServerSocket tcp = new ServerSocket(port, 1, address); DatagramSocket udp = new DatagramSocket(new InetSocketAddress(address, port))) {
                continue;
            } catch (IOException e) {
                return false;
            }
        }
        return true;
    }
}

package dev.stowbook.supervisor.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.net.IpAddresses;
import dev.stowbook.supervisor.model.PortSpec.Protocol;
import dev.stowbook.supervisor.model.PublishedPort;
import java.net.InetAddress;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Addresses of the host that ports are published on. */
class HostAddressTest {

    @Test
    void addressesAreWrittenInOneForm() throws Exception {
        for (String good : List.of("127.0.0.1", "0.0.0.0", "::1", "::", "fd00:88::1", "2001:db8::8:800:200c:417a", "1:2:3:4:5:6:7:8", "1::")) {
            assertTrue(Rule.HOST_ADDRESS.holds(good), good);
        }
        for (String bad : List.of(
                "", ":", ":::", "1::2::3", "0:0:0:0:0:0:0:1", "FD00::1", "fd00::01", "fe80::1%eth0", "::ffff:10.0.0.1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7::8:9", "12345::", "256.0.0.1", "localhost", "[::1]")) {
            assertFalse(Rule.HOST_ADDRESS.holds(bad), bad);
        }
        long seed = Long.getLong("stowbook.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = new byte[16];
            for (int at = 0; at < 16; at++) {
                bytes[at] = (byte) (random.nextInt(3) == 0 ? random.nextInt(256) : 0);
            }
            String text = IpAddresses.text(InetAddress.getByAddress(bytes));
            boolean mapped = InetAddress.getByAddress(bytes).getAddress().length == 4;
            assertTrue(mapped || Rule.HOST_ADDRESS.holds(text), text + ", seed " + seed);
            assertEquals(InetAddress.getByAddress(bytes), InetAddress.getByName(text), "seed " + seed);
        }
    }

    @Test
    void anAddressForAllIsForAllOfItsFamily() {
        assertTrue(port("0.0.0.0").clashesWith(port("127.0.0.1")));
        assertTrue(port("::1").clashesWith(port("::")));
        assertFalse(port("::").clashesWith(port("0.0.0.0")));
        assertFalse(port("::").clashesWith(port("127.0.0.1")));
        assertFalse(port("::1").clashesWith(port("fd00::1")));
    }

    private static PublishedPort port(String address) {
        return new PublishedPort(address, 8080, 80, Protocol.TCP);
    }
}

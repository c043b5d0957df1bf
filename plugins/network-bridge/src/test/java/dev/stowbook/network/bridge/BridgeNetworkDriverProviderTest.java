package dev.stowbook.network.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.network.NetworkDriverProvider;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class BridgeNetworkDriverProviderTest {
    private static final String ID = "f".repeat(64);

    @Test
    void theHostFindsTheExtensionByItsIndex() throws Exception {
        StringBuilder text = new StringBuilder();
        // The tests' own index, empty, lies before the driver's on the class path.
        for (URL index : Collections.list(getClass().getClassLoader().getResources("META-INF/extensions.idx"))) {
            try (InputStream in = index.openStream()) {
                text.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        assertTrue(text.toString().contains(BridgeNetworkDriverProvider.class.getName()), text.toString());
        NetworkDriverProvider provider = new BridgeNetworkDriverProvider();
        assertEquals("bridge", provider.name());
        assertEquals(1, provider.spiLevel());
    }

    @Test
    void linkNamesFitAndDifferByInstanceIdAndGeneration() {
        Set<String> names = new HashSet<>();
        for (String instance : List.of("000000000001", "000000000002")) {
            KernelNames kernel = new KernelNames(instance);
            names.add(kernel.bridge(ID));
            for (int generation = 1; generation <= 100; generation++) {
                names.add(kernel.veth(ID, generation));
            }
        }
        assertEquals(202, names.size());
        for (String name : names) {
            assertEquals(15, name.length(), name);
            assertTrue(name.matches("sbk[bv][a-z2-7]{11}"), name);
        }
        assertNotEquals(new KernelNames("000000000001").group(), new KernelNames("000000000002").group());
    }

    @Test
    void aliasesAreReadAsTheyWereWrittenAndFitTheKernel() {
        LinkAlias.Endpoint endpoint = new LinkAlias.Endpoint(
                "0123456789ab",
                ID,
                Integer.MAX_VALUE,
                ID,
                List.of("255.255.255.255/32", "fd12:3456:789a:bcde:f012:3456:789a:bcde/126"),
                LinkAlias.Phase.JOINING);
        assertEquals(Optional.of(endpoint), LinkAlias.Endpoint.parse(endpoint.toString()));
        assertTrue(endpoint.toString().length() <= 255, "IFALIASZ is 256 with the zero");
        for (List<String> uplinks : List.of(List.<String>of(), List.of("eth0"), List.of("eth0", "enp0s31f6.100"))) {
            LinkAlias.Switched switched = new LinkAlias.Switched(uplinks, List.of("all"), uplinks);
            LinkAlias.Network network = new LinkAlias.Network(
                    "0123456789ab", ID, uplinks.isEmpty() ? LinkAlias.Reach.INTERNAL : LinkAlias.Reach.OPEN, switched);
            assertEquals(Optional.of(network), LinkAlias.Network.parse(network.toString()));
        }
        for (String stranger : List.of("", "stowbook:", "stowbook:a:network:b", "uplink", endpoint + ":x", "x" + endpoint)) {
            assertEquals(Optional.empty(), LinkAlias.Endpoint.parse(stranger), stranger);
            assertEquals(Optional.empty(), LinkAlias.Network.parse(stranger), stranger);
        }
    }

    @Test
    void subnetsAreParsedComparedAndPrinted() throws Exception {
        assertEquals("10.213.7.0/24", cidr("10.213.7.99/24").network().toString());
        assertEquals("02:42:ff:d5:07:63", cidr("255.213.7.99/24").macAddress());
        assertTrue(cidr("10.0.0.0/8").overlaps(cidr("10.213.7.0/24")));
        assertTrue(cidr("10.213.7.0/24").overlaps(cidr("10.0.0.0/8")));
        assertTrue(cidr("0.0.0.0/0").overlaps(cidr("200.1.2.3/32")));
        assertEquals(false, cidr("10.213.7.0/24").overlaps(cidr("10.213.8.0/24")));
        assertEquals("fd00:88::/64", cidr("FD00:0088:0:0:1::2/64").network().toString());
        assertTrue(cidr("fd00::/8").overlaps(cidr("fd00:88::/64")));
        assertEquals(false, cidr("fd00:88::/64").overlaps(cidr("fd00:88:0:1::/64")));
        assertEquals(false, cidr("::/0").overlaps(cidr("0.0.0.0/0")));
        assertNotEquals(cidr("fd00:88::2/64").macAddress(), cidr("fd00:89::2/64").macAddress());
        for (String bad : List.of("", "/", "10.0.0.0", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/33", "a.b.c.d/8", "10.0.0.999/8", "fd00::/129", "fd00::%1/64", "::ffff:10.0.0.1/96", "fd00:::/64", "localhost/8")) {
            DriverException refusal = Assertions.assertThrows(DriverException.class, () -> cidr(bad), bad);
            assertEquals(DriverErrorCode.INVALID, refusal.code());
        }
    }

    private static Cidr cidr(String text) throws DriverException {
        return Cidr.parse(text, "test", "target");
    }
}

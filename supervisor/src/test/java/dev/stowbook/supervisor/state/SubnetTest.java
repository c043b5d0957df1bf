package dev.stowbook.supervisor.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.PodId;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pcollections.TreePMap;

class SubnetTest {

    @Test
    void networkAndBroadcastAddressAreNoHosts() {
        Subnet subnet = Subnet.parse("10.88.0.0/16");
        assertEquals("10.88.0.1", Subnet.text(subnet.first()));
        assertEquals("10.88.255.254", Subnet.text(subnet.last()));
        assertEquals(65_534, subnet.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.88.0.0", "10.88.0.1/16", "10.88.0.0/31", "10.88.0.0/0", "10.88.0/16", "10.88.0.256/32", "fd00::/64", "/16", "a.b.c.d/8"})
    void whatIsNoSubnetWithRoomForHostsIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Subnet.parse(text));
    }

    @Test
    void addressesAboveTheSignBitAreNumbersTheSame() {
        assertEquals("255.255.255.254", Subnet.text(Subnet.number("255.255.255.254")));
        assertEquals("192.168.1.254", Subnet.text(Subnet.parse("192.168.1.0/24").last()));
    }

    @Test
    void addressesAreGivenInTurnAndTheGatewayNever() {
        Network network = new Network(
                new NetworkId("a".repeat(64)), "n", "bridge", "10.0.0.0/29", "10.0.0.3", false, Optional.empty(),
                TreePMap.empty(), 0);
        StringBuilder given = new StringBuilder();
        for (int i = 0; i < 5; i++) {
            String next = network.nextAddress().orElseThrow();
            long number = Subnet.number(next);
            network = network.withAddresses(network.addresses().plus(number, new PodId("b".repeat(64))), number);
            given.append(next, 7, 8);
        }
        assertEquals("12456", given.toString());
        assertEquals(Optional.empty(), network.nextAddress());
        Network freed = network.withAddresses(
                network.addresses().minus(Subnet.number("10.0.0.2")), network.lastAddress());
        assertEquals(Optional.of("10.0.0.2"), freed.nextAddress(), "the search begins anew behind the last one");
    }
}

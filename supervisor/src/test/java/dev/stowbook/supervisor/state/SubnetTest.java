package dev.stowbook.supervisor.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.IpAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SubnetTest {
    private static final EndpointId SOMEBODY = new EndpointId("b".repeat(64));

    @Test
    void networkAndBroadcastAddressAreNoHosts() {
        Subnet subnet = Subnet.parse("10.88.0.0/16");
        assertEquals("10.88.0.1", subnet.address(1).text());
        assertEquals("10.88.255.254", subnet.address(subnet.last()).text());
        assertEquals(65_534, subnet.last());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "10.88.0.0", "10.88.0.1/16", "10.88.0.0/31", "10.88.0.0/0", "10.88.0/16", "10.88.0.256/32", "fd00::/63", "fd00::1/64", "fd00::/127",
        "/16", "a.b.c.d/8", "10.88.0.0/-1", "10.88.0.0/99999999999"
    })
    void whatIsNoSubnetWithRoomForHostsIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Subnet.parse(text));
    }

    @Test
    void subnetsOfBothFamiliesKnowWhatIsInThem() {
        Subnet six = Subnet.parse("fd00:1:2:3::/64");
        assertEquals("fd00:1:2:3::1", six.address(1).text());
        assertTrue(six.contains(IpAddress.parse("fd00:1:2:3:ffff:ffff:ffff:ffff")));
        assertFalse(six.contains(IpAddress.parse("fd00:1:2:4::1")));
        assertFalse(six.contains(IpAddress.parse("10.0.0.1")));
        assertTrue(Subnet.parse("10.0.0.0/8").overlaps(Subnet.parse("10.200.1.0/24")));
        assertFalse(Subnet.parse("10.0.0.0/24").overlaps(Subnet.parse("10.0.1.0/24")));
        assertEquals("255.255.255.254", IpAddress.parse("255.255.255.254").text());
        assertEquals("192.168.1.254", Subnet.parse("192.168.1.0/24").address(254).text());
    }

    /** RFC 5952, sections 4 and 5; RFC 4291, section 2.2. */
    @ParameterizedTest
    @CsvSource({
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1", "0:0:0:0:0:0:0:0, ::", "::1, ::1", "1::, 1::", "2001:DB8::ABCD, 2001:db8::abcd",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1", "::ffff:192.0.2.1, ::ffff:c000:201", "fe80::0001, fe80::1"
    })
    void addressesOfIPv6AreWrittenInOneWay(String given, String written) {
        assertEquals(written, IpAddress.parse(given).text());
        assertEquals(IpAddress.parse(given), IpAddress.parse(written));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.-4", ":", ":::", "1::2::3", "12345::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "fe80::1%eth0", "::1.2.3"})
    void whatIsNoAddressIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> IpAddress.parse(text));
    }

    @Test
    void addressesAreGivenInTurnAndTheGatewayNever() {
        AddressPool pool = AddressPool.of("10.0.0.0/29", "10.0.0.3");
        StringBuilder given = new StringBuilder();
        for (int i = 0; i < 5; i++) {
            String next = pool.next().orElseThrow();
            pool = pool.hold(next, SOMEBODY);
            given.append(next, 7, 8);
        }
        assertEquals("12456", given.toString());
        assertEquals(Optional.empty(), pool.next());
        assertEquals(Optional.of("10.0.0.2"), pool.release("10.0.0.2").next(), "the search begins anew behind the last one");
    }

    @Test
    void aSubnetOfIPv6IsAsGoodWhoeverTookItsEnd() {
        AddressPool pool = AddressPool.of("fd00::/64", "fd00::1").hold("fd00::ffff:ffff:ffff:ffff", SOMEBODY);
        assertEquals(Optional.of("fd00::2"), pool.next());
        assertTrue(pool.isTaken(IpAddress.parse("fd00::ffff:ffff:ffff:ffff")));
    }
}

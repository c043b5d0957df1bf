package dev.stowbook.network.bridge;

import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.network.CreateNetworkRequest;
import dev.stowbook.spi.network.NetworkSubnet;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** The gateways of a network, each with its subnet's prefix length: what its bridge has as addresses. */
final class Subnets {
    private static final int SHORTEST_PREFIX = 8;
    private static final int SHORTEST_PREFIX6 = 64;

    private Subnets() {}

    static List<Cidr> gateways(CreateNetworkRequest request) throws DriverException {
        List<Cidr> gateways = new ArrayList<>();
        for (NetworkSubnet subnet : request.subnets()) {
            Cidr gateway = gateway(subnet, request.networkId());
            if (gateways.stream().anyMatch(other -> other.ipv6() == gateway.ipv6())) {
                throw invalid(request.networkId(), "a network has one subnet of IPv4 and one of IPv6 at most, not " + request.subnets());
            }
            gateways.add(gateway);
        }
        if (gateways.isEmpty()) {
            throw invalid(request.networkId(), "a network needs a subnet");
        }
        checkMtu(request, gateways);
        return gateways;
    }

    private static Cidr gateway(NetworkSubnet subnet, String id) throws DriverException {
        Cidr network = Cidr.parse(subnet.cidr(), "createNetwork", id).network();
        InetAddress address = Cidr.address(subnet.gateway(), "createNetwork", id);
        int shortest = network.ipv6() ? SHORTEST_PREFIX6 : SHORTEST_PREFIX;
        int longest = network.bits() - 2;
        if (network.prefixLength() < shortest || network.prefixLength() > longest || !network.contains(address)) {
            throw invalid(
                    id,
                    "subnet " + subnet.cidr() + " must have a prefix of " + shortest + " to " + longest + " bits and hold the gateway "
                            + subnet.gateway());
        }
        if (address.equals(network.address())) {
            throw invalid(id, "gateway " + subnet.gateway() + " is the name of the subnet " + network + " itself; choose the next address");
        }
        boolean special = address.isLoopbackAddress() || address.isMulticastAddress() || address.isLinkLocalAddress();
        if (special || address.getAddress()[0] == 0) {
            throw invalid(id, "subnet " + subnet.cidr() + " is set apart by its RFC (loopback, link-local, multicast); choose a private one");
        }
        return new Cidr(address, network.prefixLength());
    }

    /** RFC 791 and RFC 8200 each say what every link must carry. */
    private static void checkMtu(CreateNetworkRequest request, List<Cidr> gateways) throws DriverException {
        int smallest = gateways.stream().anyMatch(Cidr::ipv6) ? 1280 : 576;
        if (request.mtu().isPresent() && (request.mtu().getAsInt() < smallest || request.mtu().getAsInt() > 65535)) {
            throw invalid(request.networkId(), "mtu " + request.mtu().getAsInt() + " is not from " + smallest + " to 65535");
        }
    }

    private static DriverException invalid(String id, String detail) {
        return Failures.of(DriverErrorCode.INVALID, "createNetwork", id, detail);
    }
}

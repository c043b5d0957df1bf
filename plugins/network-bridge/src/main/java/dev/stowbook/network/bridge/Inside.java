package dev.stowbook.network.bridge;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.net.IpAddresses;
import dev.stowbook.linux.net.Link;
import dev.stowbook.linux.net.LinkAddress;
import dev.stowbook.linux.net.LinkRequest;
import dev.stowbook.linux.net.Netlink;
import dev.stowbook.linux.net.NetworkNamespace;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.network.EndpointAddress;
import dev.stowbook.spi.network.JoinRequest;
import dev.stowbook.spi.network.JoinResult;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * What an endpoint looks like inside its sandbox.
 *
 * @param request what was asked for
 * @param addresses its addresses
 * @param gateways the next hop for each, in the same order
 */
record Inside(JoinRequest request, List<Cidr> addresses, List<InetAddress> gateways) {
    private static final int LOOPBACK_INDEX = 1; // the first link of every namespace
    private static final int IFNAMSIZ = 16; // with the zero
    /** The first byte of an address for one station, not a group (IEEE 802), is even. */
    private static final Pattern MAC = Pattern.compile("[0-9a-f][02468ace](:[0-9a-f]{2}){5}");

    static Inside of(JoinRequest request) throws DriverException {
        String id = request.endpointId();
        List<Cidr> addresses = new ArrayList<>();
        List<InetAddress> gateways = new ArrayList<>();
        for (EndpointAddress wanted : request.addresses()) {
            Cidr address = Cidr.parse(wanted.cidr(), "join", id);
            InetAddress gateway = Cidr.address(wanted.gateway(), "join", id);
            if (!address.contains(gateway) || gateway.equals(address.address())) {
                throw invalid(id, "gateway " + wanted.gateway() + " is not another address of the network of " + address);
            }
            if (addresses.stream().anyMatch(other -> other.ipv6() == address.ipv6())) {
                throw invalid(id, "an endpoint has one address of IPv4 and one of IPv6 at most, not " + request.addresses());
            }
            addresses.add(address);
            gateways.add(gateway);
        }
        if (addresses.isEmpty()) {
            throw invalid(id, "an endpoint needs an address");
        }
        check(request);
        return new Inside(request, List.copyOf(addresses), List.copyOf(gateways));
    }

    private static void check(JoinRequest request) throws DriverException {
        String mac = request.macAddress().orElse("02:00:00:00:00:01");
        if (!MAC.matcher(mac).matches() || mac.equals("00:00:00:00:00:00")) {
            throw invalid(request.endpointId(), mac + " is no hardware address of a single station, such as 02:42:0a:58:00:02");
        }
        String name = request.interfaceName();
        if (name.isEmpty() || name.length() >= IFNAMSIZ || name.matches(".*[/:\\s].*") || name.matches("\\.|\\.\\.|lo|all|default")) {
            throw invalid(request.endpointId(), "'" + name + "' can't be the name of a network interface");
        }
    }

    String macAddress() {
        return request.macAddress().orElse(addresses.getFirst().macAddress());
    }

    private boolean ipv6() {
        return addresses.stream().anyMatch(Cidr::ipv6);
    }

    /** Enters the sandbox of an interface that has just been made. */
    Netlink enterNew() throws LinuxException, DriverException {
        List<DriverException> refused = new ArrayList<>(0);
        Netlink inside = NetworkNamespace.call(request.sandboxFd(), () -> {
            set(refused);
            return Netlink.open();
        });
        if (!refused.isEmpty()) {
            inside.close();
            throw refused.getFirst();
        }
        return inside;
    }

    /**
     * What must be so before the interface is up. IPv6 is for networks that have it; nobody in the network may tell a container where its
     * router is (CVE-2020-13401); addresses are given once, so that nothing need be waited for to find out.
     */
    private void set(List<DriverException> refused) {
        String name = request.interfaceName();
        try {
            if (LinkSetting.DISABLE_IPV6.exists(name)) {
                LinkSetting.DISABLE_IPV6.set(name, !ipv6());
            }
            if (ipv6()) {
                LinkSetting.ADVERTISEMENTS.set(name, false);
                LinkSetting.DUPLICATE_DETECTION.set(name, false);
            }
        } catch (DriverException e) {
            refused.add(e);
        }
    }

    /** Brings the interface into the state it should have: from nothing if it has just been made, from anything otherwise. */
    void configure(Netlink sandbox, boolean made) throws LinuxException, DriverException {
        int index = sandbox.link(request.interfaceName())
                .orElseThrow(() -> Failures.of(
                        DriverErrorCode.NOT_FOUND, "join", request.endpointId(), request.interfaceName() + " vanished while it was set up"))
                .index();
        List<String> present = made ? List.of() : settledAgain(sandbox, index);
        List<LinkRequest> changes = new ArrayList<>();
        changes.add(up(LOOPBACK_INDEX));
        changes.add(up(index));
        for (Cidr address : addresses) {
            if (!present.contains(address.toString())) {
                changes.add(new LinkRequest.AddAddress(index, address.address(), address.prefixLength()));
            }
        }
        if (request.defaultRoute()) {
            gateways.forEach(gateway -> changes.add(new LinkRequest.SetDefaultRoute(gateway, index)));
        }
        sandbox.apply(changes);
        if (!made && !request.defaultRoute()) {
            for (InetAddress gateway : gateways) {
                withdraw(sandbox, new LinkRequest.DeleteDefaultRoute(gateway, index));
            }
        }
    }

    /** Waits until packets leave and neighbours are answered. */
    void awaitReady(Netlink sandbox) throws LinuxException {
        Readiness.awaitRunning(sandbox, request.interfaceName());
        Optional<Link> link = sandbox.link(request.interfaceName());
        for (Cidr address : addresses) {
            if (address.ipv6() && link.isPresent()) {
                Readiness.awaitHearing(sandbox, link.get().index(), address.address());
            }
        }
    }

    private List<String> settledAgain(Netlink sandbox, int index) throws LinuxException, DriverException {
        enterNew().close();
        return sandbox.addresses().stream()
                .filter(held -> held.linkIndex() == index)
                .map(LinkAddress::cidr)
                .toList();
    }

    private static void withdraw(Netlink sandbox, LinkRequest route) throws LinuxException {
        try {
            sandbox.apply(route);
        } catch (LinuxException e) {
            if (e.errno() != Errno.ESRCH) { // there was none
                throw e;
            }
        }
    }

    JoinResult result(String hostLink, List<String> nameservers) {
        String device = " dev " + request.interfaceName();
        List<String> routes = new ArrayList<>();
        if (request.defaultRoute()) {
            gateways.forEach(gateway -> routes.add("default via " + IpAddresses.text(gateway) + device));
        }
        addresses.forEach(address -> routes.add(address.network() + device + " proto kernel"
                + (address.ipv6() ? "" : " scope link src " + IpAddresses.text(address.address()))));
        return new JoinResult(
                hostLink,
                request.interfaceName(),
                macAddress(),
                addresses.stream().map(Cidr::toString).toList(),
                routes,
                nameservers);
    }

    private static LinkRequest up(int index) {
        return new LinkRequest.ChangeLink(index, Optional.of(true), OptionalInt.empty(), Optional.empty());
    }

    private static DriverException invalid(String id, String detail) {
        return Failures.of(DriverErrorCode.INVALID, "join", id, detail);
    }
}

package dev.stowbook.network.bridge;

import dev.stowbook.linux.net.Link;
import dev.stowbook.linux.net.LinkRequest;
import dev.stowbook.linux.net.Netlink;
import dev.stowbook.linux.net.NetworkNamespace;
import dev.stowbook.testkit.network.Sandbox;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Another machine on the host's wire: a namespace at the far end of a link of the host. It knows no route to any container, so an
 * answer shows that the host translated the address.
 */
final class Outside implements AutoCloseable {
    private final Sandbox machine;
    private final String uplink;

    private Outside(Sandbox machine, String uplink) {
        this.machine = machine;
        this.uplink = uplink;
    }

    /** Makes the wire; with a default route of the host over it, if wanted. */
    static Outside connect(String uplink, String hostAddress, String address, boolean defaultRoute) throws Exception {
        Sandbox machine = Sandbox.create();
        try (Netlink host = Netlink.open();
                Netlink far = Netlink.open(machine.fd())) {
            host.apply(new LinkRequest.CreateVeth(
                    uplink, "06:00:00:00:00:01", 1500, 0, OptionalInt.empty(), "wire", "06:00:00:00:00:02", machine.fd()));
            // No waiting for link-local addresses to be found unique: until then the host asks for no neighbour.
            Files.writeString(Path.of("/proc/sys/net/ipv6/conf", uplink, "accept_dad"), "0");
            NetworkNamespace.call(
                    machine.fd(), () -> Files.writeString(Path.of("/proc/sys/net/ipv6/conf/wire/accept_dad"), "0"));
            int near = host.link(uplink).orElseThrow().index();
            Link wire = far.link("wire").orElseThrow();
            far.apply(up(1), up(wire.index()), new LinkRequest.AddAddress(wire.index(), InetAddress.getByName(address), 24));
            host.apply(new LinkRequest.AddAddress(near, InetAddress.getByName(hostAddress), 24));
            while (!host.link(uplink).orElseThrow().running()) {
                Thread.sleep(1);
            }
            far.apply(new LinkRequest.AddAddress(wire.index(), InetAddress.getByName(six(address)), 64));
            host.apply(new LinkRequest.AddAddress(near, InetAddress.getByName(six(hostAddress)), 64));
            if (defaultRoute) {
                host.apply(
                        new LinkRequest.SetDefaultRoute(InetAddress.getByName(address), near),
                        new LinkRequest.SetDefaultRoute(InetAddress.getByName(six(address)), near));
            }
        }
        return new Outside(machine, uplink);
    }

    /** The address of IPv6 that goes with one of IPv4: {@code 2001:db8:c633:64::fe} with {@code 198.51.100.254} (RFC 3849). */
    static String six(String address) throws Exception {
        byte[] bytes = InetAddress.getByName(address).getAddress();
        return "2001:db8:%02x%02x:%02x::%x".formatted(bytes[0], bytes[1], bytes[2], bytes[3]);
    }

    Sandbox machine() {
        return machine;
    }

    /** The host's forwarding setting for the link to it. */
    boolean forwarding() throws Exception {
        return Files.readString(Path.of("/proc/sys/net/ipv4/conf", uplink, "forwarding")).strip().equals("1");
    }

    /** A setting of IPv6 of the link to it, or of every link. */
    static String setting6(String link, String name) throws Exception {
        return Files.readString(Path.of("/proc/sys/net/ipv6/conf", link, name)).strip();
    }

    void setForwarding(boolean on) throws Exception {
        Files.writeString(Path.of("/proc/sys/net/ipv4/conf", uplink, "forwarding"), on ? "1" : "0");
    }

    private static LinkRequest up(int index) {
        return new LinkRequest.ChangeLink(index, Optional.of(true), OptionalInt.empty(), Optional.empty());
    }

    /** Takes the wire away now. */
    void end() throws Exception {
        try (Netlink host = Netlink.open()) {
            host.apply(new LinkRequest.DeleteLink(host.link(uplink).orElseThrow().index()));
        }
        machine.close();
    }

    @Override
    public void close() {
        machine.close();
    }
}

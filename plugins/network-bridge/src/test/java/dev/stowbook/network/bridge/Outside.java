package dev.stowbook.network.bridge;

import dev.stowbook.linux.net.Link;
import dev.stowbook.linux.net.LinkRequest;
import dev.stowbook.linux.net.Netlink;
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
            int near = host.link(uplink).orElseThrow().index();
            Link wire = far.link("wire").orElseThrow();
            far.apply(up(1), up(wire.index()), new LinkRequest.AddAddress(wire.index(), InetAddress.getByName(address), 24));
            host.apply(new LinkRequest.AddAddress(near, InetAddress.getByName(hostAddress), 24));
            while (!host.link(uplink).orElseThrow().running()) {
                Thread.sleep(1);
            }
            if (defaultRoute) {
                host.apply(new LinkRequest.SetDefaultRoute(InetAddress.getByName(address), near));
            }
        }
        return new Outside(machine, uplink);
    }

    Sandbox machine() {
        return machine;
    }

    /** The host's forwarding setting for the link to it. */
    boolean forwarding() throws Exception {
        return Files.readString(Path.of("/proc/sys/net/ipv4/conf", uplink, "forwarding")).strip().equals("1");
    }

    void setForwarding(boolean on) throws Exception {
        Files.writeString(Path.of("/proc/sys/net/ipv4/conf", uplink, "forwarding"), on ? "1" : "0");
    }

    private static LinkRequest up(int index) {
        return new LinkRequest.ChangeLink(index, Optional.of(true), OptionalInt.empty(), Optional.empty());
    }

    @Override
    public void close() {
        machine.close();
    }
}

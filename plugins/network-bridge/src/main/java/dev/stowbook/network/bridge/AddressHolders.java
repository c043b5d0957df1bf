package dev.stowbook.network.bridge;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.net.IpAddresses;
import dev.stowbook.linux.net.Link;
import dev.stowbook.linux.net.Netlink;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Which link holds which address, as far as known; a hit is checked with the kernel. Any thread. */
final class AddressHolders {
    private final KernelNames names;
    private final Netlink host;
    private final Map<InetAddress, String> links = new ConcurrentHashMap<>();

    AddressHolders(KernelNames names, Netlink host) {
        this.names = names;
        this.host = host;
    }

    /** Reads all from the aliases of links. */
    void recall() throws LinuxException, DriverException {
        for (Link link : host.links()) {
            for (Cidr address : held(names.endpoint(link))) {
                links.put(address.address(), link.name());
            }
        }
    }

    /**
     * Notes that a link holds addresses: all or none.
     *
     * @return those that it did not hold already
     * @throws DriverException IN_USE if another link has one of them
     */
    List<InetAddress> claim(List<Cidr> addresses, String link, String endpointId) throws LinuxException, DriverException {
        List<InetAddress> claimed = new ArrayList<>();
        try {
            for (Cidr address : addresses) {
                if (claim(address.address(), link, endpointId)) {
                    claimed.add(address.address());
                }
            }
            return claimed;
        } catch (LinuxException | DriverException e) {
            release(claimed, link);
            throw e;
        }
    }

    private boolean claim(InetAddress address, String link, String endpointId) throws LinuxException, DriverException {
        String holder = links.putIfAbsent(address, link);
        if (holder == null || holder.equals(link)) {
            return holder == null;
        }
        Optional<LinkAlias.Endpoint> other = host.link(holder).flatMap(names::endpoint);
        boolean held = held(other).stream().anyMatch(cidr -> cidr.address().equals(address));
        if (held || !links.replace(address, holder, link)) {
            throw Failures.of(
                    DriverErrorCode.IN_USE,
                    "join",
                    endpointId,
                    "address " + IpAddresses.text(address) + " is held by link " + holder
                            + other.map(alias -> " of endpoint " + alias.endpointId()).orElse(""));
        }
        return true;
    }

    private static List<Cidr> held(Optional<LinkAlias.Endpoint> alias) throws DriverException {
        List<Cidr> addresses = new ArrayList<>();
        if (alias.isPresent() && alias.get().phase() != LinkAlias.Phase.LEFT) {
            for (String address : alias.get().addresses()) {
                addresses.add(Cidr.parse(address, "inspect", alias.get().endpointId()));
            }
        }
        return addresses;
    }

    void release(List<InetAddress> addresses, String link) {
        addresses.forEach(address -> links.remove(address, link));
    }

    /** Forgets every address of a link. */
    void release(String link) {
        links.values().removeIf(link::equals);
    }
}

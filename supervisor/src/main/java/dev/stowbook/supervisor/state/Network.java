package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.PodId;
import java.util.Optional;
import org.pcollections.PSortedMap;

/**
 * A network.
 *
 * @param subnet its addresses in CIDR form
 * @param gateway the host's address in it
 * @param link its link on the host, once the kernel has it
 * @param addresses IPv4 address as a number to the pod that has it
 * @param lastAddress the address given last; the next search begins behind it, so that addresses are not used again at once
 */
public record Network(
        NetworkId id,
        String name,
        String driver,
        String subnet,
        String gateway,
        boolean internal,
        Optional<String> link,
        PSortedMap<Long, PodId> addresses,
        long lastAddress) {

    Network withLink(Optional<String> value) {
        return new Network(id, name, driver, subnet, gateway, internal, value, addresses, lastAddress);
    }

    Network withAddresses(PSortedMap<Long, PodId> value, long last) {
        return new Network(id, name, driver, subnet, gateway, internal, link, value, last);
    }

    /** The next free address, or empty if the subnet is full. Network, broadcast and gateway address are never given. */
    public Optional<String> nextAddress() {
        Subnet parsed = Subnet.parse(subnet);
        long own = Subnet.number(gateway);
        long candidate = Math.max(lastAddress, parsed.first() - 1);
        for (long tried = 0; tried < parsed.size(); tried++) {
            candidate = candidate >= parsed.last() ? parsed.first() : candidate + 1;
            if (candidate != own && !addresses.containsKey(candidate)) {
                return Optional.of(Subnet.text(candidate));
            }
        }
        return Optional.empty();
    }
}

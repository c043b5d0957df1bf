package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.IpAddress;
import java.util.Optional;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * One subnet of a network and who has its addresses.
 *
 * @param subnet in CIDR form
 * @param gateway the host's address in it
 * @param taken host number to the endpoint that has it
 * @param last the host that was given last; the next search begins behind it, so that addresses are not used again at once
 */
public record AddressPool(String subnet, String gateway, PSortedMap<Long, EndpointId> taken, long last) {

    static AddressPool of(String subnet, String gateway) {
        return new AddressPool(subnet, gateway, TreePMap.empty(), 0);
    }

    /** The subnet in numbers. */
    public Subnet parsed() {
        return Subnet.parse(subnet);
    }

    /** The next free address, or empty if there is none. Network, broadcast and gateway address are never given. */
    public Optional<String> next() {
        Subnet parsed = parsed();
        long own = parsed.host(IpAddress.parse(gateway));
        long candidate = last;
        // One of this many in a row is free, if any is: each of the others is taken, or is the gateway.
        for (long tried = 0; tried < Math.min(parsed.last(), taken.size() + 2L); tried++) {
            candidate = candidate >= parsed.last() || candidate < 0 ? 1 : candidate + 1;
            if (candidate != own && !taken.containsKey(candidate)) {
                return Optional.of(parsed.address(candidate).text());
            }
        }
        return Optional.empty();
    }

    /** Whether somebody has an address of the subnet. */
    public boolean isTaken(IpAddress address) {
        return taken.containsKey(parsed().host(address));
    }

    AddressPool hold(String address, EndpointId endpoint) {
        long host = parsed().host(IpAddress.parse(address));
        return new AddressPool(subnet, gateway, taken.plus(host, endpoint), host);
    }

    AddressPool release(String address) {
        return new AddressPool(subnet, gateway, taken.minus(parsed().host(IpAddress.parse(address))), last);
    }
}

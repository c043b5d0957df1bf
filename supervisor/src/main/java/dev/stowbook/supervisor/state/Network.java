package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.NetworkSpec;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.SubnetSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * A network.
 *
 * @param driver the driver that makes it
 * @param spec what was asked for
 * @param pools its subnets, at most one of each family
 * @param createdAt when it was asked for
 * @param link its link on the host, once the kernel has it
 * @param failure why the kernel does not have it, if it could not be made
 * @param removing whether it is going
 * @param members who is on it
 */
public record Network(
        NetworkId id,
        String driver,
        NetworkSpec spec,
        List<AddressPool> pools,
        Instant createdAt,
        Optional<String> link,
        Optional<String> failure,
        boolean removing,
        PSortedMap<EndpointId, PodId> members) {
    public Network {
        pools = List.copyOf(pools);
    }

    static Network created(NetworkId id, String driver, NetworkSpec spec, List<SubnetSpec> subnets, Instant at) {
        return new Network(
                id, driver, spec, pools(subnets), at, Optional.empty(), Optional.empty(), false, TreePMap.empty());
    }

    private static List<AddressPool> pools(List<SubnetSpec> subnets) {
        return subnets.stream().map(each -> AddressPool.of(each.subnet(), each.gateway())).toList();
    }

    /** Its name. */
    public String name() {
        return spec.name();
    }

    /** Its subnets without who is in them. */
    public List<SubnetSpec> subnets() {
        return pools.stream().map(pool -> new SubnetSpec(pool.subnet(), pool.gateway())).toList();
    }

    Network withSubnets(List<SubnetSpec> subnets) {
        return new Network(id, driver, spec, pools(subnets), createdAt, link, failure, removing, members);
    }

    Network ready(String newLink) {
        return new Network(id, driver, spec, pools, createdAt, Optional.of(newLink), Optional.empty(), removing, members);
    }

    Network failed(String message) {
        return new Network(id, driver, spec, pools, createdAt, Optional.empty(), Optional.of(message), removing, members);
    }

    Network unlinked() {
        return new Network(id, driver, spec, pools, createdAt, Optional.empty(), failure, removing, members);
    }

    Network withRemoving(boolean value) {
        return new Network(id, driver, spec, pools, createdAt, link, failure, value, members);
    }

    Network join(EndpointSpec endpoint, PodId pod) {
        List<AddressPool> held = new ArrayList<>();
        for (int i = 0; i < pools.size(); i++) {
            held.add(pools.get(i).hold(endpoint.addresses().get(i).address(), endpoint.id()));
        }
        return new Network(
                id, driver, spec, held, createdAt, link, failure, removing, members.plus(endpoint.id(), pod));
    }

    Network leave(EndpointSpec endpoint) {
        List<AddressPool> freed = new ArrayList<>();
        for (int i = 0; i < pools.size(); i++) {
            freed.add(pools.get(i).release(endpoint.addresses().get(i).address()));
        }
        return new Network(id, driver, spec, freed, createdAt, link, failure, removing, members.minus(endpoint.id()));
    }
}

package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.IpAddress;
import dev.stowbook.supervisor.model.NetworkSpec;
import dev.stowbook.supervisor.model.SubnetSpec;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.state.Subnet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Gives networks their subnets: those that were asked for, else the next that no network of ours has. */
final class Subnets {
    private static final int INSTANCE_DIGITS = 10;
    private static final int SUBNET_IDS = 1 << 16;

    private Subnets() {}

    /** What a network of that spec gets. @throws Draft.Refusal if it asks for what cannot be, or nothing is left */
    static List<SubnetSpec> of(State state, DecisionSettings settings, NetworkSpec spec) {
        List<SubnetSpec> subnets = new ArrayList<>();
        for (NetworkSpec.Asked asked : spec.subnets()) {
            SubnetSpec subnet = asked(state, spec, asked);
            if (subnets.stream().anyMatch(other -> Subnet.parse(other.subnet()).six() == Subnet.parse(subnet.subnet()).six())) {
                throw Draft.reject(ErrorCode.INVALID, "network " + spec.name() + ": give one IPv4 and one IPv6 subnet at most");
            }
            subnets.add(subnet);
        }
        boolean four = subnets.stream().anyMatch(each -> !Subnet.parse(each.subnet()).six());
        boolean six = subnets.stream().anyMatch(each -> Subnet.parse(each.subnet()).six());
        if (!four && spec.subnets().isEmpty()) {
            subnets.addFirst(next(state, settings, spec, Optional.empty()));
        }
        if (!six && spec.ipv6()) {
            subnets.add(nextSix(state, spec, Optional.empty()));
        }
        return subnets;
    }

    /** Other subnets instead of those that the host has; empty if the user named them or none is left. */
    static Optional<List<SubnetSpec>> others(State state, DecisionSettings settings, Network network) {
        List<SubnetSpec> subnets = new ArrayList<>();
        for (SubnetSpec refused : network.subnets()) {
            boolean named = network.spec().subnets().stream()
                    .anyMatch(asked -> Subnet.parse(asked.subnet()).equals(Subnet.parse(refused.subnet())));
            try {
                subnets.add(named
                        ? refused
                        : Subnet.parse(refused.subnet()).six()
                                ? nextSix(state, network.spec(), Optional.of(refused))
                                : next(state, settings, network.spec(), Optional.of(refused)));
            } catch (Draft.Refusal nothingLeft) {
                return Optional.empty();
            }
        }
        return subnets.equals(network.subnets()) ? Optional.empty() : Optional.of(subnets);
    }

    private static SubnetSpec asked(State state, NetworkSpec spec, NetworkSpec.Asked asked) {
        Subnet subnet;
        IpAddress gateway;
        try {
            subnet = Subnet.parse(asked.subnet());
            gateway = asked.gateway().isPresent() ? IpAddress.parse(asked.gateway().get()) : subnet.address(1);
        } catch (IllegalArgumentException e) {
            throw Draft.reject(ErrorCode.INVALID, "network " + spec.name() + ": " + e.getMessage()
                    + "; write it as 10.90.0.0/24 or fd00:1::/64");
        }
        boolean host = subnet.contains(gateway) && subnet.host(gateway) >= 1 && subnet.host(gateway) <= subnet.last();
        if (!host) {
            throw Draft.reject(ErrorCode.INVALID,
                    "network " + spec.name() + ": the gateway " + gateway + " is no address for a host in " + subnet);
        }
        holder(state, subnet).ifPresent(other -> {
            throw Draft.reject(ErrorCode.CONFLICT, "network " + spec.name() + ": " + subnet + " overlaps network " + other
                    + "; choose another subnet, or give none and let one be chosen");
        });
        return new SubnetSpec(subnet.toString(), gateway.text());
    }

    private static Optional<String> holder(State state, Subnet subnet) {
        return state.networks().values().stream()
                .filter(network -> network.pools().stream().anyMatch(pool -> pool.parsed().overlaps(subnet)))
                .map(Network::name)
                .findFirst();
    }

    /** Subnets of the pool in their order, from behind the one that was refused. */
    private static SubnetSpec next(State state, DecisionSettings settings, NetworkSpec spec, Optional<SubnetSpec> refused) {
        Subnet pool = Subnet.parse(settings.networkPool());
        long size = 1L << (32 - settings.networkPrefix());
        long first = refused.map(each -> Subnet.parse(each.subnet()))
                .filter(each -> pool.contains(each.base()))
                .map(each -> pool.host(each.base()) + size)
                .orElse(0L);
        for (long host = first; host <= pool.last(); host += size) {
            Subnet candidate = new Subnet(pool.address(host), settings.networkPrefix());
            if (holder(state, candidate).isEmpty()) {
                return new SubnetSpec(candidate.toString(), candidate.address(1).text());
            }
        }
        throw Draft.reject(ErrorCode.CONFLICT, "network " + spec.name() + ": no subnet of " + pool
                + " is left; name one, remove networks, or set network.pool in the daemon's configuration");
    }

    /** Unique local addresses, RFC 4193: the instance is the global id, so that two daemons do not share any. */
    private static SubnetSpec nextSix(State state, NetworkSpec spec, Optional<SubnetSpec> refused) {
        String digits = (state.instance().id() + "0".repeat(INSTANCE_DIGITS)).substring(0, INSTANCE_DIGITS);
        long global = 0xfdL << 56 | Long.parseLong(digits, 16) << 16;
        long first = refused.map(each -> (Subnet.parse(each.subnet()).base().high() & (SUBNET_IDS - 1)) + 1).orElse(1L);
        for (long id = first; id < SUBNET_IDS; id++) {
            Subnet candidate = new Subnet(new IpAddress(true, global | id, 0), 64);
            if (holder(state, candidate).isEmpty()) {
                return new SubnetSpec(candidate.toString(), candidate.address(1).text());
            }
        }
        throw Draft.reject(ErrorCode.CONFLICT, "network " + spec.name() + ": no IPv6 subnet is left; name one");
    }
}

package dev.stowbook.supervisor.simulation;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.EndpointAddress;
import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The network driver of a made-up host. What it holds is the kernel's: it outlives the daemon and not the power. */
final class FakeNetworks {
    private record Link(EndpointId endpoint, int generation, NetworkId network, List<String> addresses) {}

    private final Random random;
    private final TreeSet<NetworkId> networks = new TreeSet<>();
    private final TreeMap<String, Link> links = new TreeMap<>();
    private final TreeSet<PodId> published = new TreeSet<>();

    FakeNetworks(Random random) {
        this.random = random;
    }

    void powerLost() {
        networks.clear();
        links.clear();
        published.clear();
    }

    Command ensure(Effect.EnsureNetwork effect, boolean fails) {
        if (fails) {
            return new DaemonCommand.NetworkIsMissing(effect.network(), random.nextBoolean() ? "IN_USE" : "IO", "made to fail");
        }
        networks.add(effect.network());
        return new DaemonCommand.NetworkIsReady(effect.network(), "br0");
    }

    /** A network goes when nobody is on it any more. */
    Command drop(Effect.DropNetwork effect, boolean fails) {
        boolean used = links.values().stream().anyMatch(link -> link.network().equals(effect.network()));
        if (fails || used) {
            return new DaemonCommand.NetworkIsStuck(effect.network(), used ? "BUSY" : "IO", "made to fail");
        }
        networks.remove(effect.network());
        return new DaemonCommand.NetworkIsGone(effect.network());
    }

    StepEvent join(Effect.JoinEndpoint effect) {
        EndpointSpec endpoint = effect.endpoint();
        if (!networks.contains(endpoint.network())) {
            return new StepEvent.StepFailed(effect.step(), effect.pod(), "NOT_FOUND", 19, 127, "no such network", 1);
        }
        List<String> addresses = endpoint.addresses().stream().map(EndpointAddress::address).toList();
        Link link = new Link(endpoint.id(), effect.generation(), endpoint.network(), addresses);
        for (Link other : links.values()) {
            if (!other.endpoint().equals(link.endpoint()) && other.network().equals(link.network())) {
                Invariants.noAddressIsGivenTwice(other.addresses(), addresses);
            }
        }
        links.put(name(endpoint.id(), effect.generation()), link);
        return new StepEvent.EndpointJoined(effect.step(), effect.pod(), endpoint.id(), "v", "m", addresses, 1);
    }

    StepEvent route(Effect.RouteEndpoint effect) {
        Effect.JoinEndpoint joined = effect.joined();
        Link link = links.get(name(joined.endpoint().id(), joined.generation()));
        if (link == null) {
            throw new AssertionError("routed by a connection that is not there: " + effect);
        }
        return new StepEvent.EndpointRouted(effect.step(), joined.pod(), link.endpoint(), joined.leadsOut(), 1);
    }

    void publish(Effect.PublishPorts effect) {
        if (!links.containsKey(name(effect.endpoint().id(), effect.generation()))) {
            throw new AssertionError("published through a connection that is not there: " + effect);
        }
        published.add(effect.pod());
    }

    StepEvent leave(Effect.LeaveEndpoint effect) {
        if (effect.published()) {
            published.remove(effect.pod());
        }
        links.remove(name(effect.endpoint().id(), effect.generation()));
        return new StepEvent.EndpointLeft(effect.step(), effect.pod(), effect.endpoint().id(), 1);
    }

    /** Somebody else takes every published port away. @return whether there were any */
    boolean flush() {
        boolean any = !published.isEmpty();
        published.clear();
        return any;
    }

    /** What has been taken down meanwhile is not put back. */
    List<String> repair(Effect.RepairRules effect) {
        return effect.published().stream()
                .filter(each -> links.containsKey(name(each.endpoint().id(), each.generation())))
                .filter(each -> published.add(each.pod()))
                .map(each -> "ports " + each.pod())
                .toList();
    }

    void removeOrphan(String kind, String name) {
        if (kind.equals("endpoint")) {
            links.remove(name);
        }
        if (kind.equals("network")) {
            networks.remove(new NetworkId(name));
        }
        if (kind.equals("ports")) {
            published.remove(new PodId(name));
        }
    }

    /** What no event knows, as kind and name. */
    List<String[]> orphans(State state) {
        List<String[]> orphans = new ArrayList<>();
        for (Map.Entry<String, Link> entry : links.entrySet()) {
            Link link = entry.getValue();
            Network network = state.networks().get(link.network());
            PodId pod = network == null ? null : network.members().get(link.endpoint());
            boolean current = pod != null && state.pod(pod).active() && state.pod(pod).generation() == link.generation();
            if (!current) {
                orphans.add(new String[] {"endpoint", entry.getKey()});
            }
        }
        networks.stream()
                .filter(network -> !state.networks().containsKey(network))
                .forEach(network -> orphans.add(new String[] {"network", network.value()}));
        published.stream()
                .filter(pod -> !(state.pods().containsKey(pod) && state.pod(pod).active()))
                .forEach(pod -> orphans.add(new String[] {"ports", pod.value()}));
        return orphans;
    }

    /** What is left when no pod is: links, published ports, and networks that the book does not have. */
    List<String> leftovers(State state) {
        List<String> left = new ArrayList<>();
        links.keySet().forEach(name -> left.add("endpoint " + name));
        published.forEach(pod -> left.add("ports " + pod));
        Set<NetworkId> unknown = new TreeSet<>(networks);
        unknown.removeAll(state.networks().keySet());
        unknown.forEach(network -> left.add("network " + network));
        return left;
    }

    private static String name(EndpointId endpoint, int generation) {
        return endpoint + "/" + generation;
    }
}

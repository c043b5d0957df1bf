package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.AttachmentSpec;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.IdRange;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.ProcessIdentity;
import dev.stowbook.supervisor.model.PublishedPort;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/**
 * A pod.
 *
 * @param network how it is connected
 * @param containers in the order of its manifest
 * @param generation how often its sandbox was made
 * @param namespaces kind to inode while its sandbox stands
 * @param portHolder the process that holds the sockets of its published ports
 * @param failures how often in a row it could not be started as a whole
 * @param nextStartAt when it is tried again
 * @param startFailure why this generation could not be started as a whole, if so
 * @param removalRequested whether it goes as soon as it has stopped
 * @param replacement what it is made anew from once it is gone
 * @param stopRequested whether somebody wanted it, or a container of it, to end since it was last started: it is not tried
 *     again then
 * @param users its own users: ids of the host; the host's users if empty
 */
public record Pod(
        PodId id,
        PodSpec spec,
        String hostname,
        PodNetwork network,
        List<PublishedPort> ports,
        List<ContainerId> containers,
        Instant createdAt,
        Phase phase,
        int generation,
        SortedMap<String, Long> namespaces,
        Optional<ProcessIdentity> portHolder,
        int failures,
        Optional<Instant> nextStartAt,
        Optional<String> startFailure,
        boolean removalRequested,
        Optional<PodSpec> replacement,
        boolean stopRequested,
        Optional<IdRange> users) {

    /** Where it stands. */
    public enum Phase {
        /** Nothing of it is in the kernel. */
        STOPPED,
        STARTING,
        RUNNING,
        STOPPING,
        REMOVING
    }

    /** Its own users, or those of the pod whose network it shares; the host's users if empty. */
    public Optional<IdRange> users(State state) {
        Pod owner = network.sharing().map(state.pods()::get).orElse(this);
        return owner.users();
    }

    /**
     * The connection that its default route and its published ports go through: of those to networks that lead out the one with the highest
     * priority, of equals the one that its manifest names first, then the one that came first.
     */
    public Optional<EndpointSpec> primary(State state) {
        return primary(state, network.endpoints());
    }

    /** As {@link #primary(State)}, if it had these connections. */
    public Optional<EndpointSpec> primary(State state, List<EndpointSpec> endpoints) {
        List<String> named = spec.networking().attachments().stream().map(AttachmentSpec::network).toList();
        ToIntFunction<EndpointSpec> place = endpoint -> {
            int at = named.indexOf(state.networks().get(endpoint.network()).name());
            return at < 0 ? named.size() : at;
        };
        Comparator<EndpointSpec> rank =
                Comparator.comparingInt(EndpointSpec::gatewayPriority).reversed().thenComparingInt(place);
        return endpoints.stream()
                .filter(each -> !state.networks().get(each.network()).spec().internal())
                .reduce((best, next) -> rank.compare(next, best) < 0 ? next : best);
    }

    /** Whether anything of it may be in the kernel. */
    public boolean active() {
        return phase == Phase.STARTING || phase == Phase.RUNNING || phase == Phase.STOPPING;
    }

    Pod withSpec(PodSpec value) {
        return new Pod(
                id, value, hostname, network, ports, containers, createdAt, phase, generation, namespaces, portHolder, failures, nextStartAt, startFailure, removalRequested, replacement, stopRequested, users);
    }

    Pod withPhase(Phase value) {
        return new Pod(
                id, spec, hostname, network, ports, containers, createdAt, value, generation, namespaces,
                portHolder, failures, nextStartAt, startFailure, removalRequested, replacement, stopRequested, users);
    }

    Pod starting(int newGeneration) {
        return new Pod(
                id, spec, hostname, network, ports, containers, createdAt, Phase.STARTING, newGeneration,
                new TreeMap<>(), Optional.empty(), failures, Optional.empty(), Optional.empty(), removalRequested,
                replacement, false, users);
    }

    Pod withContainer(ContainerId container) {
        var all = new java.util.ArrayList<>(containers);
        all.add(container);
        return new Pod(
                id, spec, hostname, network, ports, List.copyOf(all), createdAt, phase, generation,
                namespaces, portHolder, failures, nextStartAt, startFailure, removalRequested,
                replacement, stopRequested, users);
    }

    Pod withNetwork(PodNetwork value) {
        return new Pod(
                id, spec, hostname, value, ports, containers, createdAt, phase, generation, namespaces,
                portHolder, failures, nextStartAt, startFailure, removalRequested, replacement, stopRequested, users);
    }

    Pod withNamespaces(SortedMap<String, Long> value) {
        return new Pod(
                id, spec, hostname, network, ports, containers, createdAt, phase, generation, value,
                portHolder, failures, nextStartAt, startFailure, removalRequested, replacement, stopRequested, users);
    }

    Pod withPortHolder(Optional<ProcessIdentity> value) {
        return new Pod(
                id, spec, hostname, network, ports, containers, createdAt, phase, generation, namespaces,
                value, failures, nextStartAt, startFailure, removalRequested, replacement, stopRequested, users);
    }

    Pod withRetry(int newFailures, Optional<Instant> at) {
        return new Pod(
                id, spec, hostname, network, ports, containers, createdAt, phase, generation, namespaces,
                portHolder, newFailures, at, startFailure, removalRequested, replacement, stopRequested, users);
    }

    Pod withStartFailure(String message) {
        return new Pod(
                id, spec, hostname, network, ports, containers, createdAt, phase, generation, namespaces,
                portHolder, failures, nextStartAt, Optional.of(message), removalRequested, replacement, stopRequested, users);
    }

    Pod withRemoval(Optional<PodSpec> newReplacement) {
        return new Pod(
                id, spec, hostname, network, ports, containers, createdAt, phase, generation, namespaces,
                portHolder, failures, nextStartAt, startFailure, true, newReplacement, stopRequested, users);
    }

    Pod stopRequestedNow() {
        return new Pod(
                id, spec, hostname, network, ports, containers, createdAt, phase, generation, namespaces,
                portHolder, failures, nextStartAt, startFailure, removalRequested, replacement, true, users);
    }
}

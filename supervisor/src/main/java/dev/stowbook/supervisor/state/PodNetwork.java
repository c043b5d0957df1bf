package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.PodId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a pod is connected.
 *
 * @param endpoints its connections, in the order in which they came to be
 * @param sharing the pod in whose network namespace it lives now, if it is another's
 * @param sharers pods that live in its network namespace now
 * @param refusal why it could not be connected to a network the last time somebody tried, if so
 */
public record PodNetwork(
        List<EndpointSpec> endpoints, Optional<PodId> sharing, List<PodId> sharers, Optional<String> refusal) {
    public PodNetwork {
        endpoints = List.copyOf(endpoints);
        sharers = List.copyOf(sharers);
    }

    static PodNetwork of(List<EndpointSpec> endpoints) {
        return new PodNetwork(endpoints, Optional.empty(), List.of(), Optional.empty());
    }

    /** The connection of that id. */
    public Optional<EndpointSpec> endpoint(EndpointId id) {
        return endpoints.stream().filter(each -> each.id().equals(id)).findFirst();
    }

    /** The address that names it to others: its first one; empty if it has none of its own. */
    public Optional<String> address() {
        return endpoints.stream()
                .flatMap(each -> each.addresses().stream())
                .map(each -> each.address())
                .findFirst();
    }

    PodNetwork plus(EndpointSpec endpoint) {
        List<EndpointSpec> all = new ArrayList<>(endpoints);
        all.add(endpoint);
        return new PodNetwork(all, sharing, sharers, Optional.empty());
    }

    PodNetwork minus(EndpointId id) {
        return new PodNetwork(
                endpoints.stream().filter(each -> !each.id().equals(id)).toList(), sharing, sharers, refusal);
    }

    PodNetwork replace(EndpointSpec endpoint) {
        return new PodNetwork(
                endpoints.stream().map(each -> each.id().equals(endpoint.id()) ? endpoint : each).toList(),
                sharing,
                sharers,
                refusal);
    }

    PodNetwork refused(String message) {
        return new PodNetwork(endpoints, sharing, sharers, Optional.of(message));
    }

    PodNetwork withSharer(PodId pod) {
        List<PodId> all = new ArrayList<>(sharers);
        all.remove(pod);
        all.add(pod);
        return new PodNetwork(endpoints, sharing, all, refusal);
    }

    PodNetwork withoutSharer(PodId pod) {
        return new PodNetwork(
                endpoints, sharing, sharers.stream().filter(each -> !each.equals(pod)).toList(), refusal);
    }

    PodNetwork withSharing(Optional<PodId> pod) {
        return new PodNetwork(endpoints, pod, sharers, refusal);
    }
}

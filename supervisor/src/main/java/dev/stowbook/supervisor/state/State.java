package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PublishedPort;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * All that the log says, at the end of one entry. Immutable; maps are sorted and persistent, so that a change copies a path
 * and iteration never depends on the run.
 *
 * @param sequence the last event it contains
 * @param instance which daemon's log this is; fixed by its first event
 * @param pods by id
 * @param podNames pod name to id
 * @param containers by id
 * @param networks by id
 * @param images by image id
 * @param references image reference to image id
 * @param execs running ones by id, and of each container the newest that ended, {@link #ENDED_EXECS_KEPT} of them
 * @param operations work in progress, by the sequence of its intent
 * @param publishedPorts {@code port/protocol/address} to who publishes it
 * @param removals images that are going, with the layers that go with them, topmost first
 * @param storage volumes, and who mounts them
 * @param catalogue what is known of images beside their content
 * @param builds what is built, and the cache of steps
 */
public record State(
        long sequence,
        Instance instance,
        PSortedMap<PodId, Pod> pods,
        PSortedMap<String, PodId> podNames,
        PSortedMap<ContainerId, Container> containers,
        PSortedMap<NetworkId, Network> networks,
        PSortedMap<String, StoredImage> images,
        PSortedMap<String, String> references,
        PSortedMap<ExecId, Exec> execs,
        PSortedMap<Long, Operation> operations,
        PSortedMap<String, PodId> publishedPorts,
        PSortedMap<String, List<StoredLayer>> removals,
        Storage storage,
        Catalogue catalogue,
        Builds builds) {

    /** Of the processes that exec started in a container and that ended, so many are remembered. */
    public static final int ENDED_EXECS_KEPT = 16;

    /** The state before the first event. */
    public static State empty() {
        return new State(
                0,
                Instance.none(),
                TreePMap.empty(),
                TreePMap.empty(),
                TreePMap.empty(),
                TreePMap.empty(),
                TreePMap.empty(),
                TreePMap.empty(),
                TreePMap.empty(),
                TreePMap.empty(),
                TreePMap.empty(),
                TreePMap.empty(),
                Storage.empty(),
                Catalogue.empty(),
                Builds.empty());
    }

    /** The pod of that id, which must exist. */
    public Pod pod(PodId id) {
        Pod pod = pods.get(id);
        if (pod == null) {
            throw new IllegalStateException("no pod " + id);
        }
        return pod;
    }

    /** The container of that id, which must exist. */
    public Container container(ContainerId id) {
        Container container = containers.get(id);
        if (container == null) {
            throw new IllegalStateException("no container " + id);
        }
        return container;
    }

    /** The pod that has that name now. */
    public Optional<Pod> podNamed(String name) {
        return Optional.ofNullable(podNames.get(name)).map(pods::get);
    }

    /** Who publishes a port that cannot be had twice. */
    public Optional<PodId> publisherOf(PublishedPort port) {
        for (int each = port.hostPort(); each <= port.lastHostPort(); each++) {
            Optional<PodId> holder = publisherOf(port, each);
            if (holder.isPresent()) {
                return holder;
            }
        }
        return Optional.empty();
    }

    private Optional<PodId> publisherOf(PublishedPort port, int number) {
        String prefix = number + "/" + port.protocol() + "/";
        for (var entry : publishedPorts.tailMap(prefix).entrySet()) {
            if (!entry.getKey().startsWith(prefix)) {
                break;
            }
            String address = entry.getKey().substring(prefix.length());
            if (port.clashesWith(new PublishedPort(address, number, 0, port.protocol()))) {
                return Optional.of(entry.getValue());
            }
        }
        return Optional.empty();
    }

    /** A port's keys in {@link #publishedPorts}: one for each number. */
    static List<String> portKeys(PublishedPort port) {
        return IntStream.rangeClosed(port.hostPort(), port.lastHostPort())
                .mapToObj(number -> number + "/" + port.protocol() + "/" + port.hostAddress())
                .toList();
    }

    State withSequence(long value) {
        return new State(
                value, instance, pods, podNames, containers, networks, images, references, execs, operations,
                publishedPorts, removals, storage, catalogue, builds);
    }

    State withInstance(Instance value) {
        return new State(
                sequence, value, pods, podNames, containers, networks, images, references, execs, operations,
                publishedPorts, removals, storage, catalogue, builds);
    }

    State withPods(PSortedMap<PodId, Pod> value) {
        return new State(
                sequence, instance, value, podNames, containers, networks, images, references, execs, operations,
                publishedPorts, removals, storage, catalogue, builds);
    }

    State withPod(Pod pod) {
        return withPods(pods.plus(pod.id(), pod));
    }

    State withPodNames(PSortedMap<String, PodId> value) {
        return new State(
                sequence, instance, pods, value, containers, networks, images, references, execs, operations,
                publishedPorts, removals, storage, catalogue, builds);
    }

    State withContainers(PSortedMap<ContainerId, Container> value) {
        return new State(
                sequence, instance, pods, podNames, value, networks, images, references, execs, operations,
                publishedPorts, removals, storage, catalogue, builds);
    }

    State withContainer(Container container) {
        return withContainers(containers.plus(container.id(), container));
    }

    State withNetworks(PSortedMap<NetworkId, Network> value) {
        return new State(
                sequence, instance, pods, podNames, containers, value, images, references, execs, operations,
                publishedPorts, removals, storage, catalogue, builds);
    }

    State withImages(PSortedMap<String, StoredImage> value) {
        return new State(
                sequence, instance, pods, podNames, containers, networks, value, references, execs, operations,
                publishedPorts, removals, storage, catalogue, builds);
    }

    State withReferences(PSortedMap<String, String> value) {
        return new State(
                sequence, instance, pods, podNames, containers, networks, images, value, execs, operations,
                publishedPorts, removals, storage, catalogue, builds);
    }

    State withExecs(PSortedMap<ExecId, Exec> value) {
        return new State(
                sequence, instance, pods, podNames, containers, networks, images, references, value, operations,
                publishedPorts, removals, storage, catalogue, builds);
    }

    State withOperations(PSortedMap<Long, Operation> value) {
        return new State(
                sequence, instance, pods, podNames, containers, networks, images, references, execs, value,
                publishedPorts, removals, storage, catalogue, builds);
    }

    State withPublishedPorts(PSortedMap<String, PodId> value) {
        return new State(
                sequence, instance, pods, podNames, containers, networks, images, references, execs, operations,
                value, removals, storage, catalogue, builds);
    }

    State withRemovals(PSortedMap<String, List<StoredLayer>> value) {
        return new State(
                sequence, instance, pods, podNames, containers, networks, images, references, execs, operations,
                publishedPorts, value, storage, catalogue, builds);
    }

    State withStorage(Storage value) {
        return new State(
                sequence, instance, pods, podNames, containers, networks, images, references, execs, operations,
                publishedPorts, removals, value, catalogue, builds);
    }

    State withCatalogue(Catalogue value) {
        return new State(
                sequence, instance, pods, podNames, containers, networks, images, references, execs, operations,
                publishedPorts, removals, storage, value, builds);
    }

    State withBuilds(Builds value) {
        return new State(
                sequence, instance, pods, podNames, containers, networks, images, references, execs, operations,
                publishedPorts, removals, storage, catalogue, value);
    }
}

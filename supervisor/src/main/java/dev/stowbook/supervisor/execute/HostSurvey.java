package dev.stowbook.supervisor.execute;

import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerEntry;
import dev.stowbook.spi.network.EndpointState;
import dev.stowbook.spi.network.NetworkDriver;
import dev.stowbook.spi.network.NetworkListing;
import dev.stowbook.spi.volume.VolumeDriver;
import dev.stowbook.spi.volume.VolumeEntry;
import dev.stowbook.supervisor.driver.GuardedDriver;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.InitLayer;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.reconcile.Survey;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Exec;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What drivers, keepers and our own directories have, held against the book. */
final class HostSurvey implements Survey {
    static final String GROUP = "cgroup";
    static final String LAYER = "layer";
    /** Remains of a volume: {@code name/driver}. */
    static final String VOLUME = "volume";
    static final String ENDPOINT = "endpoint";
    static final String NETWORK = "network";
    static final String SANDBOX = "sandbox";
    static final String READY = "ready sandbox";
    static final String FILES = "container files";
    static final String SOCKET = "control socket";
    private static final Logger LOG = LoggerFactory.getLogger(HostSurvey.class);
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final GuardedDriver<GraphDriver> graph;
    private final GuardedDriver<CgroupDriver> cgroup;
    private final GuardedDriver<NetworkDriver> network;
    private final Host.VolumeDrivers volumes;
    private final ProcessWork processes;
    private final ExecWork execs;
    private final CgroupWork groups;
    private final Directories directories;
    private final OomCounts ooms;
    private final GroupId keepers;

    HostSurvey(
            GuardedDriver<GraphDriver> graph,
            GuardedDriver<CgroupDriver> cgroup,
            GuardedDriver<NetworkDriver> network,
            Host.VolumeDrivers volumes,
            ProcessWork processes,
            ExecWork execs,
            CgroupWork groups,
            Directories directories,
            OomCounts ooms,
            GroupId keepers) {
        this.graph = graph;
        this.cgroup = cgroup;
        this.network = network;
        this.volumes = volumes;
        this.processes = processes;
        this.execs = execs;
        this.groups = groups;
        this.directories = directories;
        this.ooms = ooms;
        this.keepers = keepers;
    }

    @Override
    public Finding container(Container.Definition container, int attempt) {
        Finding finding = processes.find(container, attempt);
        if (finding instanceof Finding.Alive && container.resources().watched()) {
            groups.watch(container.pod(), Optional.of(container.id()), container.resources());
            groups.oomKills(GroupId.ofContainer(container.pod().value(), container.id().value()))
                    .thenAccept(count -> ooms.found(container.id().value(), count));
        }
        return finding;
    }

    @Override
    public void pod(Pod pod) {
        if (pod.spec().resources().watched()) {
            groups.watch(pod.id(), Optional.empty(), pod.spec().resources());
            groups.oomKills(GroupId.ofPod(pod.id().value())).thenAccept(count -> ooms.found(pod.id().value(), count));
        }
    }

    @Override
    public Finding exec(Exec exec) {
        return execs.find(exec);
    }

    @Override
    public List<Orphan> orphans(State state) {
        List<Orphan> orphans = new ArrayList<>();
        sandboxes(state, orphans);
        ready(orphans);
        endpoints(state, orphans);
        cgroups(state, orphans);
        layers(state, orphans);
        volumes(state, orphans);
        files(state, orphans);
        return orphans;
    }

    private static boolean active(State state, PodId id) {
        Pod pod = state.pods().get(id);
        return pod != null && pod.active();
    }

    private void sandboxes(State state, List<Orphan> orphans) {
        for (String name : names(directories.run().resolve("pods"))) {
            if (!active(state, new PodId(name))) {
                orphans.add(new Orphan(SANDBOX, name));
            }
        }
    }

    /** Nothing of an earlier daemon is taken over: what is ready is made again sooner than it is examined. */
    private void ready(List<Orphan> orphans) {
        names(directories.ready()).forEach(name -> orphans.add(new Orphan(READY, name)));
    }

    private void endpoints(State state, List<Orphan> orphans) {
        NetworkListing listing = network.call("list", "list", DEADLINE, NetworkDriver::list).join();
        for (EndpointState endpoint : listing.endpoints()) {
            if (!current(state, endpoint)) {
                orphans.add(new Orphan(ENDPOINT, endpoint.endpointId() + "/" + endpoint.generation()));
            }
        }
        listing.networks().stream()
                .filter(each -> !state.networks().containsKey(new NetworkId(each.networkId())))
                .forEach(each -> orphans.add(new Orphan(NETWORK, each.networkId())));
    }

    private static boolean current(State state, EndpointState endpoint) {
        Network network = state.networks().get(new NetworkId(endpoint.networkId()));
        PodId pod = network == null ? null : network.members().get(new EndpointId(endpoint.endpointId()));
        return pod != null && active(state, pod) && state.pod(pod).generation() == endpoint.generation();
    }

    /** Children first: a group with a group in it does not go. */
    private void cgroups(State state, List<Orphan> orphans) {
        List<GroupId> all = new ArrayList<>(cgroup.call("list", "list", DEADLINE, CgroupDriver::list).join());
        Collections.reverse(all);
        for (GroupId group : all) {
            if (!group.equals(keepers) && !active(state, new PodId(group.pod()))) {
                orphans.add(new Orphan(GROUP, group.path()));
            }
        }
    }

    private void layers(State state, List<Orphan> orphans) {
        Set<String> known = new HashSet<>();
        for (Container container : state.containers().values()) {
            known.add(container.definition().layerId());
        }
        for (StoredImage image : state.images().values()) {
            image.layers().stream().map(StoredLayer::cacheId).forEach(known::add);
        }
        state.removals().values().forEach(going -> going.stream().map(StoredLayer::cacheId).forEach(known::add));
        List.copyOf(known).forEach(layer -> known.add(InitLayer.on(layer)));
        List<LayerEntry> entries = new ArrayList<>(graph.call("list", "list", DEADLINE, GraphDriver::list).join());
        entries.sort((a, b) -> Boolean.compare(b.writable(), a.writable()));
        for (LayerEntry layer : entries) {
            if (!known.contains(layer.layerId())) {
                orphans.add(new Orphan(LAYER, layer.layerId()));
            }
        }
    }

    /**
     * Remains only. A whole volume that no event knows may be all that is left of somebody's data after a book was lost: it stays, and
     * {@code stowbook volume create} with its name takes it into the book again.
     */
    private void volumes(State state, List<Orphan> orphans) {
        Set<String> names = new TreeSet<>(Set.of("local"));
        state.storage().volumes().values().forEach(volume -> names.add(volume.driver()));
        for (String name : names) {
            try {
                for (VolumeEntry entry : volumes.driver(name).call("list", "list", DEADLINE, VolumeDriver::list).join()) {
                    if (state.storage().volumes().containsKey(entry.volume())) {
                        continue;
                    }
                    if (entry.presence() == Presence.PARTIAL) {
                        orphans.add(new Orphan(VOLUME, entry.volume() + "/" + name));
                    } else {
                        LOG.warn("volume {} of driver {} is not in the book; \"stowbook volume create {}\" takes it in", entry.volume(), name, entry.volume());
                    }
                }
            } catch (DriverException | CompletionException e) {
                LOG.warn("volumes of driver {} were not looked at: {}", name, e.getMessage());
            }
        }
    }

    private void files(State state, List<Orphan> orphans) {
        for (String name : names(directories.root().resolve("containers"))) {
            if (!state.containers().containsKey(new ContainerId(name))) {
                orphans.add(new Orphan(FILES, name));
            }
        }
        for (String name : names(directories.keepers())) {
            if (!state.containers().containsKey(new ContainerId(name))
                    && !state.execs().containsKey(new ExecId(name))) {
                orphans.add(new Orphan(SOCKET, name));
            }
        }
    }

    private static List<String> names(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(directory)) {
            return children.map(path -> path.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

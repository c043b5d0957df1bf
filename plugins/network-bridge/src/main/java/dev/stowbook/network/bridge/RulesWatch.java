package dev.stowbook.network.bridge;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.net.Link;
import dev.stowbook.linux.net.Netlink;
import dev.stowbook.linux.net.NftablesException;
import dev.stowbook.linux.net.NftablesWatch;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Observation;
import dev.stowbook.spi.network.PublishedPort;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Notices that somebody else has changed our rules so that something is missing. */
final class RulesWatch implements NftablesWatch.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(RulesWatch.class);

    private final KernelNames names;
    private final Netlink host;
    private final Bridges bridges;
    private final PublishedPorts ports;
    private final ReentrantLock networkLock;
    private final Consumer<Observation> observer;

    RulesWatch(
            KernelNames names,
            Netlink host,
            Bridges bridges,
            PublishedPorts ports,
            ReentrantLock networkLock,
            Consumer<Observation> observer) {
        this.names = names;
        this.host = host;
        this.bridges = bridges;
        this.ports = ports;
        this.networkLock = networkLock;
        this.observer = observer;
    }

    NftablesWatch begin() throws LinuxException {
        return NftablesWatch.open("network-bridge-rules", this);
    }

    /** What threads of our own change needs no look. In a pid namespace of its own the daemon does not know itself; then it looks once too often. */
    @Override
    public void changed(Set<String> tables, int processId, String program) {
        if (tables.contains(names.table()) && !Files.exists(Path.of("/proc/self/task/" + processId))) {
            look("process " + processId + " (" + program + ")");
        }
    }

    @Override
    public void missed() {
        look("somebody");
    }

    private void look(String who) {
        try {
            missing().ifPresent(what -> observer.accept(
                    new Observation.RulesFlushed(names.instance(), who + " changed the rules of this daemon: " + what)));
        } catch (LinuxException | NftablesException | DriverException e) {
            // The next change, or the next start of the daemon, looks again.
            LOG.warn("The rules that {} changed could not be looked at: {}", who, e.getMessage());
        }
    }

    /** Verbs on networks are kept out meanwhile: what they have half done is not missing. */
    private Optional<String> missing() throws LinuxException, NftablesException, DriverException {
        List<String> missing = new ArrayList<>();
        networkLock.lock();
        try {
            for (Link link : host.links()) {
                Optional<LinkAlias.Network> network = names.network(link);
                if (network.isPresent()) {
                    List<String> lacks = bridges.missing(link, network.get().networkId());
                    if (!lacks.isEmpty()) {
                        missing.add("network " + network.get().networkId() + " lacks " + String.join(", ", lacks));
                    }
                }
            }
            List<PublishedPort> gone = ports.missing();
            if (!gone.isEmpty()) {
                missing.add(gone.size() + " published ports are gone, the first " + PublishedPorts.describe(gone.getFirst().port()));
            }
        } finally {
            networkLock.unlock();
        }
        return missing.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", missing));
    }
}

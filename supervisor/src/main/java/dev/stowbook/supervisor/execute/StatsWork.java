package dev.stowbook.supervisor.execute;

import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.GroupTarget;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.stats.InterfaceCounters;
import dev.stowbook.supervisor.stats.Sample;
import dev.stowbook.supervisor.stats.SampleSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Reads a container's counters: those of its group from the cgroup driver, those of its links from its process. */
final class StatsWork implements SampleSource {
    private static final Duration DEADLINE = Duration.ofSeconds(5);

    private final CgroupWork cgroups;
    private final Workers workers;
    private final long ownNetwork;

    StatsWork(CgroupWork cgroups, Workers workers) throws IOException {
        this.cgroups = cgroups;
        this.workers = workers;
        this.ownNetwork = (Long) Files.getAttribute(Path.of("/proc/self/ns/net"), "unix:ino");
    }

    @Override
    public CompletableFuture<Sample> read(Container container) {
        GroupId group = GroupId.ofContainer(container.definition().pod().value(), container.id().value());
        CompletableFuture<List<InterfaceCounters>> interfaces = workers.call(() -> interfaces(container));
        return cgroups.stats(new GroupTarget(group, "stats"), DEADLINE)
                .thenCombine(interfaces, (counters, links) -> new Sample(Instant.now(), System.nanoTime(), counters, links));
    }

    /** By the process's own eyes: also right for links that were joined or left while it ran. */
    private List<InterfaceCounters> interfaces(Container container) throws IOException {
        Container.Running running = container.running().orElseThrow();
        if (running.namespaces().getOrDefault("net", ownNetwork) == ownNetwork) {
            return List.of();
        }
        List<String> lines = Files.readAllLines(Path.of("/proc/" + running.process().pid() + "/net/dev"));
        if (!Identities.linux(running.process()).isAlive()) { // the pid may be somebody else's by now
            throw new IOException("the process has ended");
        }
        return InterfaceCounters.parse(lines);
    }
}

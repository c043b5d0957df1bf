package dev.stowbook.supervisor.execute;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.GroupTarget;
import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.network.NetworkDriver;
import dev.stowbook.spi.network.NetworkTarget;
import dev.stowbook.spi.volume.VolumeDriver;
import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.driver.GuardedDriver;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.image.ContentStore;
import dev.stowbook.supervisor.keeper.KeeperConnection;
import dev.stowbook.supervisor.keeper.KeeperListener;
import dev.stowbook.supervisor.keeper.KeeperReactor;
import dev.stowbook.supervisor.keeper.KeeperSpawner;
import dev.stowbook.supervisor.loop.EffectSink;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.reconcile.Survey;
import dev.stowbook.supervisor.registry.RegistryClient;
import dev.stowbook.supervisor.registry.Transfers;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.trust.ImageGate;
import dev.stowbook.supervisor.stats.SampleSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Everything through which the daemon works on its host, put together: what boot hands to the loop and to the API. */
public final class Host implements AutoCloseable {
    /** The group that keepers live in: outside the daemon's own and outside the containers'. */
    private static final GroupId KEEPERS = GroupId.ofPod("0".repeat(64));

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    /** The drivers in use. */
    public record Drivers(
            GuardedDriver<GraphDriver> graph,
            GuardedDriver<CgroupDriver> cgroup,
            GuardedDriver<NetworkDriver> network,
            VolumeDrivers volumes) {}

    /** Opens volume drivers by name; blocks. */
    public interface VolumeDrivers {
        GuardedDriver<VolumeDriver> driver(String name) throws DriverException;
    }

    /** What else it takes. */
    public record Settings(
            Directories directories, Path keeperProgram, LaunchPolicy policy, OutputSettings output, OomCounts ooms, int readySandboxes) {}

    /** Where commands go; the reply comes when it is durable. */
    public interface Submitter {
        CompletableFuture<Reply> submit(Command command, Actor actor, long causeSequence, String request);
    }

    /** What images are kept in, and where they come from. */
    public record ImageParts(ContentStore store, RegistryClient registries, ImageGate gate, Transfers transfers) {}

    private static final Logger LOG = LoggerFactory.getLogger(Host.class);

    private final Drivers drivers;
    private final KeeperReactor reactor;
    private final KeeperSpawner spawner;
    private final RootfsHolds holds = new RootfsHolds();
    private final Workers workers = new Workers("work");
    private final Executor executor;
    private final HostSurvey survey;
    private final ReadySandboxes ready;
    private final ProcessWork processes;
    private final ExecWork execs;
    private final StatsWork stats;
    private final TransferWork transfers;
    private final CompletableFuture<Void> reconciled = new CompletableFuture<>();

    private Host(
            Drivers drivers,
            Settings settings,
            Submitter submitter,
            ImageParts images,
            BuildWork builds,
            Supplier<State> newest,
            Placement keepers)
            throws IOException, LinuxException {
        this.drivers = drivers;
        reactor = KeeperReactor.start();
        spawner = new KeeperSpawner(settings.keeperProgram(), reactor);
        Directories directories = settings.directories();
        Outcomes outcomes = new Outcomes(submitter::submit);
        CgroupWork cgroups = new CgroupWork(drivers.cgroup(), settings.policy().deviceRules(), outcomes);
        stats = new StatsWork(cgroups, workers);
        RootfsWork layers = new RootfsWork(drivers.graph(), holds, outcomes);
        ready = new ReadySandboxes(spawner, directories.ready(), settings.readySandboxes(), newest);
        SandboxWork sandboxes = new SandboxWork(spawner, ready, directories, keepers, workers, outcomes);
        PortHolders holders = new PortHolders(spawner, directories, keepers, workers);
        NetworkWork networks = new NetworkWork(drivers.network(), directories, holders, outcomes);
        ProcessWork.Parts parts = new ProcessWork.Parts(
                spawner, reactor, directories, settings.policy(), settings.output(), keepers, settings.ooms(), reconciled, workers);
        processes = new ProcessWork(parts, layers, cgroups, outcomes);
        execs = new ExecWork(parts, cgroups, outcomes);
        ImageWork imageWork = new ImageWork(images.store()::remove, newest, workers, outcomes);
        transfers = new TransferWork(images, directories.tmp(), newest, submitter);
        VolumeWork volumes = new VolumeWork(drivers.volumes()::driver, drivers.graph(), workers, outcomes);
        OrphanWork orphans = new OrphanWork(
                directories, cgroups, layers, sandboxes, ready, holders, drivers.network(), volumes, workers, outcomes);
        executor = new Executor(
                new Executor.Work(sandboxes, cgroups, networks, layers, processes, execs, imageWork, builds, transfers, volumes, orphans),
                directories,
                workers,
                outcomes);
        survey = new HostSurvey(
                drivers.graph(), drivers.cgroup(), drivers.network(), drivers.volumes(), processes, execs, cgroups, directories, settings.ooms(), KEEPERS);
    }

    /**
     * Makes directories and the keepers' group. Blocks.
     *
     * @param newest the newest durable state
     */
    public static Host open(
            Drivers drivers, Settings settings, Submitter submitter, ImageParts images, BuildWork builds, Supplier<State> newest)
            throws IOException, LinuxException, InterruptedException, ExecutionException {
        Directories directories = settings.directories();
        Trees.delete(directories.tmp()); // what a daemon that was killed left half uploaded
        for (Path directory : List.of(
                directories.root().resolve("containers"),
                directories.run().resolve("pods"),
                directories.keepers(),
                directories.tmp())) {
            Files.createDirectories(directory);
        }
        Placement keepers = drivers.cgroup()
                .call("create", KEEPERS.path(), DEADLINE, driver -> {
                    driver.create(new CreateGroupRequest(KEEPERS, CgroupLimits.none(), "keepers"));
                    return driver.placement(new GroupTarget(KEEPERS, "keepers"));
                })
                .get();
        return new Host(drivers, settings, submitter, images, builds, newest, keepers);
    }

    /** Carries effects out. */
    public EffectSink effects() {
        return executor;
    }

    /** Reads what containers have used. */
    public SampleSource stats() {
        return stats;
    }

    /** Which layers of stopped containers somebody works in. */
    public RootfsHolds holds() {
        return holds;
    }

    /** Looks at the host after a restart. */
    public Survey survey() {
        return survey;
    }

    /** The loop has been handed all that the survey found: from now on it hears what adopted keepers say. */
    public void reconciled() {
        reconciled.complete(null);
        ready.refill();
    }

    /** Connects a reader to a process that exec started; see {@link KeeperConnection#attach}. */
    public KeeperConnection attach(ExecId exec, KeeperListener listener) throws IOException {
        return execs.connect(exec, listener);
    }

    /** As {@link #attach(ExecId, KeeperListener)} to the process of a container. */
    public KeeperConnection attach(ContainerId container, KeeperListener listener) throws IOException {
        return processes.connect(container, listener);
    }

    /** The daemon's own connection to the keeper of a container, for requests that no input may hold up; empty if there is none. */
    public Optional<KeeperConnection> keeper(ContainerId container) {
        return processes.connection(container);
    }

    /** Takes down what only serves pods if there is none: networks and the keepers' group. They are made again at the next start. */
    public void removeIdle(State state) {
        if (state.pods().values().stream().anyMatch(Pod::active)) {
            return;
        }
        for (Network network : state.networks().values()) {
            NetworkTarget target = new NetworkTarget(network.id().value(), "idle");
            await(drivers.network().run("deleteNetwork", target.networkId(), DEADLINE, driver -> driver.deleteNetwork(target)));
        }
        GroupTarget target = new GroupTarget(KEEPERS, "idle");
        await(drivers.cgroup().run("destroy", KEEPERS.path(), DEADLINE, driver -> driver.destroy(target)));
    }

    private static void await(CompletableFuture<?> removal) {
        try {
            removal.join();
        } catch (CompletionException e) {
            LOG.info("left for the next start: {}", e.getCause().getMessage());
        }
    }

    /** Lets go of keepers and threads; containers go on. */
    @Override
    public void close() throws IOException {
        transfers.close();
        workers.close();
        ready.close();
        spawner.close();
        reactor.close();
    }
}

package dev.stowbook.supervisor.boot;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.seccomp.LibSeccomp;
import dev.stowbook.linux.seccomp.SeccompException;
import dev.stowbook.spi.DriverException;
import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.decide.Decider;
import dev.stowbook.supervisor.driver.DriverHost;
import dev.stowbook.supervisor.driver.DriverHostConfig;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.execute.Directories;
import dev.stowbook.supervisor.execute.Host;
import dev.stowbook.supervisor.execute.LaunchPolicy;
import dev.stowbook.supervisor.execute.OomCounts;
import dev.stowbook.supervisor.execute.Workers;
import dev.stowbook.supervisor.http.ApiOptions;
import dev.stowbook.supervisor.http.ApiServer;
import dev.stowbook.supervisor.http.ApiServices;
import dev.stowbook.supervisor.image.ContentStore;
import dev.stowbook.supervisor.image.Garbage;
import dev.stowbook.supervisor.image.ImageException;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogOptions;
import dev.stowbook.supervisor.log.LogVerifier;
import dev.stowbook.supervisor.log.chronicle.ChronicleEventLog;
import dev.stowbook.supervisor.log.codec.EventCodec;
import dev.stowbook.supervisor.log.snapshot.Recovery;
import dev.stowbook.supervisor.log.snapshot.StateSnapshots;
import dev.stowbook.supervisor.loop.CommandLoop;
import dev.stowbook.supervisor.loop.LoopThread;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.loop.SyncThread;
import dev.stowbook.supervisor.loop.SystemInputs;
import dev.stowbook.supervisor.loop.VertxThread;
import dev.stowbook.supervisor.policy.SeccompProfiles;
import dev.stowbook.supervisor.reconcile.Reconciler;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.stream.Snapshots;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running daemon. Starting goes down the page: the book is opened and replayed, the loop begins, drivers are opened, the host is
 * reconciled with the book, and only then does the API answer. Stopping leaves containers running.
 */
public final class Daemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
    private static final int HALTED = 70;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final DaemonOptions options;
    private final DaemonConfig config;
    private final Installation installation;
    private final Consumer<Throwable> fault;

    private Daemon(DaemonOptions options, DaemonConfig config, Installation installation, Consumer<Throwable> fault) {
        this.options = options;
        this.config = config;
        this.installation = installation;
        this.fault = fault;
    }

    /** {@code stowbook daemon}: runs until it is told to end by SIGTERM or SIGINT. */
    public static void main(String... args) {
        try {
            DaemonOptions options = DaemonOptions.parse(args);
            DaemonConfig config =
                    options.config().isPresent() ? DaemonConfig.read(options.config().get()) : DaemonConfig.defaults();
            Daemon daemon = start(options, config, Installation.current(), Daemon::halt);
            Runtime.getRuntime().addShutdownHook(new Thread(daemon::close, "shutdown"));
        } catch (BootException e) {
            System.err.println("stowbook: " + e.getMessage());
            System.exit(1);
        }
    }

    /** A fault is our bug or a broken log: going on could only make it worse. Containers do not notice. */
    private static void halt(Throwable fault) {
        LOG.error("halted; containers go on, and the next daemon takes over from the book", fault);
        System.err.println("stowbook: halted: " + fault.getMessage());
        Runtime.getRuntime().halt(HALTED);
    }

    static Daemon start(
            DaemonOptions options, DaemonConfig config, Installation installation, Consumer<Throwable> fault)
            throws BootException {
        HostCheck.check();
        Daemon daemon = new Daemon(options, config, installation, fault);
        try {
            daemon.open();
            return daemon;
        } catch (BootException | RuntimeException e) {
            daemon.release();
            throw e;
        } catch (LogException | DriverException | SeccompException | LinuxException e) {
            daemon.release();
            throw new BootException(e.getMessage(), e);
        } catch (ExecutionException e) {
            daemon.release();
            throw new BootException(String.valueOf(e.getCause().getMessage()), e);
        } catch (IOException e) {
            daemon.release();
            throw new BootException(e.toString(), e);
        } catch (InterruptedException e) {
            daemon.release();
            Thread.currentThread().interrupt();
            throw new BootException("interrupted while starting", e);
        }
    }

    private void open()
            throws BootException, LogException, DriverException, SeccompException, LinuxException, ExecutionException,
                    IOException, InterruptedException {
        Directories directories = directories();
        EventCodec codec = new EventCodec();
        StateSnapshots snapshots = new StateSnapshots(options.root().resolve("snapshots"));
        Recovery recovery = Recovery.open(
                LogOptions.in(options.root().resolve("log")).withReserveBytes(config.reserveBytes()),
                ChronicleEventLog::open,
                snapshots,
                codec);
        keep(recovery.log());
        LOG.info("book open at {}, {} events replayed", recovery.state().sequence(), recovery.replayedEvents());

        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2).setPreferNativeTransport(true));
        keep(() -> vertx.close().toCompletionStage().toCompletableFuture().get());
        LoopThread thread = new VertxThread(vertx);
        LateEffects effects = new LateEffects();
        CommandLoop[] loops = new CommandLoop[1];
        SyncThread sync = keep(new SyncThread(
                recovery.log(), sequence -> thread.execute(() -> loops[0].durable(sequence)), fault));
        CommandLoop loop = new CommandLoop(
                new CommandLoop.Parts(
                        thread,
                        recovery.log(),
                        codec,
                        new Decider(config.decisions()),
                        new SystemInputs(recovery.log().head().time()),
                        effects,
                        sync,
                        fault),
                recovery.state());
        loops[0] = loop;
        Workers workers = keep(new Workers("snapshot"));
        loop.onDurableHead(
                new Snapshotter(snapshots, workers, config.snapshotEvery(), recovery.state().sequence())::durable);

        State created = ask(loop, new DaemonCommand.CreateInstance());
        OomCounts ooms = new OomCounts();
        Observations observations = new Observations(loop, ooms);
        DriverHost driverHost = keep(DriverHost.open(driverConfig(created.instance().id(), observations)));
        driverHost.refusals().forEach(refusal -> LOG.warn("{}", refusal));
        Host.Drivers drivers = new Host.Drivers(
                driverHost.graphDriver(), driverHost.cgroupDriver(), driverHost.networkDriver());
        LaunchPolicy policy = new LaunchPolicy(
                SeccompProfiles.builtIn(LibSeccomp.load()), Runtime.getRuntime().availableProcessors());
        SystemInputs cacheIds = new SystemInputs(Instant.EPOCH);
        ContentStore store = ContentStore.open(
                options.root(), drivers.graph().name(), new GuardedLayers(drivers.graph()), Platform.ofHost(), cacheIds::newId);
        Host host = keep(Host.open(
                drivers,
                new Host.Settings(directories, installation.keeper(), policy, config.output(), ooms),
                (command, actor, sequence, request) -> loop.submit(command, actor, sequence, request),
                store::remove,
                loop::durableState));
        effects.become(host.effects());

        State started = ask(
                loop,
                new DaemonCommand.StartDaemon(
                        Version.CURRENT,
                        HostCheck.bootId(),
                        (int) ProcessHandle.current().pid(),
                        drivers.graph().name(),
                        drivers.cgroup().name(),
                        drivers.network().name(),
                        config.subnet().isPresent() ? config.subnet().get() : FreeSubnet.find()));
        collectGarbage(store, started);
        Reconciler.Plan plan = Reconciler.reconcile(started, host.survey(), Instant.now());
        for (Command report : plan.reports()) {
            loop.submit(report, Actor.daemon("reconciler"), started.sequence(), "");
        }
        host.reconciled();
        thread.execute(() -> plan.resumed().forEach(effect -> loop.resume(effect, started.sequence())));
        keep(() -> host.removeIdle(ask(loop, new DaemonCommand.StopDaemon("asked to end"))));
        Repositories repositories = new Repositories(store, workers, started);
        thread.execute(() -> loop.onDurable(repositories::durable));
        listen(vertx, new ApiServices(
                loop,
                thread,
                recovery.log(),
                codec,
                at(snapshots),
                new Facts(options, drivers.cgroup())::info,
                () -> LogVerifier.verify(recovery.log()),
                new StoreUploads(store),
                new KeeperExecStreams(host),
                container -> directories.logs(container).resolve("log"),
                directories.tmp()));
        LOG.info("instance {} ready below {}", started.instance().id(), options.root());
    }

    private void listen(Vertx vertx, ApiServices services) throws IOException, InterruptedException, ExecutionException {
        ApiServer server = new ApiServer(vertx, services, ApiOptions.on(options.run().resolve("api.sock")));
        server.start().toCompletionStage().toCompletableFuture().get();
        keep(() -> server.stop().toCompletionStage().toCompletableFuture().get());
    }

    private static Snapshots at(StateSnapshots snapshots) {
        return sequence -> {
            try {
                return snapshots.newest()
                        .map(StateSnapshots.Taken::state)
                        .filter(state -> state.sequence() <= sequence)
                        .orElse(State.empty());
            } catch (IOException e) {
                LOG.info("no snapshot can be read, all events are replayed: {}", e.getMessage());
                return State.empty();
            }
        };
    }

    /** What no event references is garbage: what an interrupted load left. */
    private static void collectGarbage(ContentStore store, State state) throws BootException {
        try {
            Set<String> layers = new HashSet<>();
            state.containers().values().forEach(c -> layers.add(c.definition().layerId()));
            state.removals().values().forEach(going -> going.forEach(layer -> layers.add(layer.cacheId())));
            Garbage garbage = store.garbage(state.images().keySet(), layers);
            if (!garbage.isEmpty()) {
                LOG.info("removing what an interrupted upload left: {} images, {} layers",
                        garbage.images().size(), garbage.layers().size() + garbage.cacheIds().size());
                store.collect(garbage);
            }
        } catch (ImageException e) {
            throw new BootException(e.getMessage(), e);
        }
    }

    private Directories directories() throws IOException {
        Path root = options.root();
        Files.createDirectories(root);
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
        Files.createDirectories(options.run());
        return new Directories(root, options.run());
    }

    private DriverHostConfig driverConfig(String instance, Observations observations) {
        return new DriverHostConfig(
                installation.plugins(),
                options.root(),
                options.run(),
                instance,
                config.pluginDigests(),
                config.graphDriver(),
                config.cgroupDriver(),
                config.networkDriver(),
                config.driverSettings(),
                observations::observed);
    }

    /** Asks the loop and waits until the answer is durable. Not to be called on the loop's thread. */
    private static State ask(CommandLoop loop, Command command) throws InterruptedException, ExecutionException, BootException {
        return switch (loop.submit(command, Actor.daemon("boot"), 0, "").get()) {
            case Reply.Granted granted -> granted.state();
            case Reply.Refused refused -> throw new BootException(command.name() + ": " + refused.message());
        };
    }

    private <T extends AutoCloseable> T keep(T resource) {
        opened.push(resource);
        return resource;
    }

    private void release() {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                LOG.warn("while closing: {}", e.toString());
            }
        }
    }

    /** Ends the daemon; containers go on. */
    @Override
    public void close() {
        release();
    }
}

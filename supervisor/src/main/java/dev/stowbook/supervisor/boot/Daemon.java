package dev.stowbook.supervisor.boot;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.seccomp.LibSeccomp;
import dev.stowbook.linux.seccomp.SeccompException;
import dev.stowbook.spi.DriverException;
import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.dns.DnsOptions;
import dev.stowbook.supervisor.dns.DnsServer;
import dev.stowbook.supervisor.driver.DriverHost;
import dev.stowbook.supervisor.driver.DriverHostConfig;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.execute.BuildWork;
import dev.stowbook.supervisor.execute.Directories;
import dev.stowbook.supervisor.execute.Host;
import dev.stowbook.supervisor.execute.LaunchPolicy;
import dev.stowbook.supervisor.execute.OomCounts;
import dev.stowbook.supervisor.execute.RegistryRefetch;
import dev.stowbook.supervisor.http.ApiOptions;
import dev.stowbook.supervisor.http.ApiServer;
import dev.stowbook.supervisor.http.ApiServices;
import dev.stowbook.supervisor.image.ContentStore;
import dev.stowbook.supervisor.image.Garbage;
import dev.stowbook.supervisor.image.ImageException;
import dev.stowbook.supervisor.image.Known;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogVerifier;
import dev.stowbook.supervisor.loop.SystemInputs;
import dev.stowbook.supervisor.policy.SeccompFilters;
import dev.stowbook.supervisor.reconcile.Reconciler;
import dev.stowbook.supervisor.registry.RegistryClient;
import dev.stowbook.supervisor.registry.RegistryException;
import dev.stowbook.supervisor.registry.Transfers;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.stats.StatsHub;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
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
    private static final Duration STATS_INTERVAL = Duration.ofSeconds(1);

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
            throw new BootException(Failures.sentence(e), e);
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
        Book book = keep(Book.open(options.root(), config, fault));
        State created = book.ask(new DaemonCommand.CreateInstance());
        OomCounts ooms = new OomCounts();
        Host.Drivers drivers = openDrivers(created.instance().id(), new Observations(book.loop(), ooms));
        ContentStore store = ContentStore.open(
                options.root(),
                drivers.graph().name(),
                new GuardedLayers(drivers.graph()),
                Platform.ofHost(),
                config.layerLimits(),
                new SystemInputs(Instant.EPOCH)::newId);
        RegistryClient registries = keep(registries());
        Transfers transfers = new Transfers();
        LaunchPolicy policy = new LaunchPolicy(
                SeccompFilters.of(LibSeccomp.load(), config.seccompProfiles()), Runtime.getRuntime().availableProcessors());
        BuildWork builds = new BuildWork(new BuildWork.Parts(
                store, drivers.graph(), book.loop()::submit, book.loop()::durableState, new StepOutputs(directories),
                new BuildNet(book.loop(), transfers, registries.web(), new SystemInputs(Instant.EPOCH)::newId),
                config.layerLimits(),
                directories.tmp()));
        Host host = keep(Host.open(
                drivers,
                new Host.Settings(directories, installation.keeper(), policy, config.output(), ooms, config.readySandboxes()),
                book.loop()::submit,
                new Host.ImageParts(store, registries, config.signatures().gate(), transfers),
                builds,
                book.loop()::durableState));
        State started = takeOver(book, drivers, store, host);
        serveNames(book);
        keep(() -> host.removeIdle(book.ask(new DaemonCommand.StopDaemon("asked to end"))));
        listen(book, drivers, new Host.ImageParts(store, registries, config.signatures().gate(), transfers), host, builds, directories);
        LOG.info("instance {} ready below {}", started.instance().id(), options.root());
    }

    private RegistryClient registries() throws BootException {
        try {
            return RegistryClient.open(config.registries(), System.getenv(), Version.CURRENT);
        } catch (RegistryException e) {
            throw new BootException(e.getMessage(), e);
        }
    }

    private Host.Drivers openDrivers(String instance, Observations observations) throws DriverException {
        DriverHost driverHost = keep(DriverHost.open(driverConfig(instance, observations)));
        driverHost.refusals().forEach(refusal -> LOG.warn("{}", refusal));
        driverHost.volumeDriver("local"); // most volumes are its, so that none waits for it to be opened
        return new Host.Drivers(
                driverHost.graphDriver(), driverHost.cgroupDriver(), driverHost.networkDriver(), driverHost::volumeDriver);
    }

    /** Until the host has been held against the book, effects are decided and written down, but none begins. */
    private State takeOver(Book book, Host.Drivers drivers, ContentStore store, Host host)
            throws BootException, IOException, InterruptedException, ExecutionException {
        State started = book.ask(new DaemonCommand.StartDaemon(
                Version.CURRENT,
                HostCheck.bootId(),
                (int) ProcessHandle.current().pid(),
                drivers.graph().name(),
                drivers.cgroup().name(),
                drivers.network().name(),
                config.subnet().isPresent() ? config.subnet().get() : FreeSubnet.find(),
                SubordinateIds.avoidedBy(config.users())));
        collectGarbage(store, started);
        Reconciler.Plan plan = Reconciler.reconcile(started, host.survey(), Instant.now());
        for (Command report : plan.reports()) {
            book.loop().submit(report, Actor.daemon("reconciler"), started.sequence(), "");
        }
        host.reconciled();
        book.thread().execute(() -> {
            plan.resumed().forEach(effect -> book.loop().resume(effect, started.sequence()));
            book.effects().become(host.effects());
        });
        return started;
    }

    /** Networks that are made later, or whose gateways come late, are followed as the book says so. */
    private void serveNames(Book book) {
        DnsServer names = new DnsServer(book.vertx(), DnsOptions.ofDaemon());
        book.thread().execute(() -> {
            book.loop().onDurable(names::changed);
            names.changed(book.loop().durableState());
        });
        keep(() -> names.close().toCompletionStage().toCompletableFuture().get());
    }

    private void listen(Book book, Host.Drivers drivers, Host.ImageParts images, Host host, BuildWork builds, Directories directories)
            throws IOException, InterruptedException, ExecutionException {
        Projections projections = keep(new Projections(
                images.store().projection(), book.workers(), (delay, action) -> book.vertx().setTimer(delay.toMillis(), any -> action.run()),
                book.loop().durableState()));
        book.thread().execute(() -> {
            book.loop().onDurable(projections::durable);
            projections.durable(book.loop().durableState());
        });
        StoreKeeper keeper = new StoreKeeper(images.store(), options.root(), config.imageMarks(), book.loop()::durableState, new RegistryRefetch(images.registries()));
        keep(new ImageCollector(keeper, book, config.imageMarks().interval()));
        StoppedVolumes volumes = new StoppedVolumes(drivers.volumes(), options.run().resolve("copies"));
        volumes.endLeftOvers(book.loop().durableState());
        ApiServer server = new ApiServer(
                book.vertx(),
                new ApiServices(
                        book.loop(),
                        book.thread(),
                        book.log(),
                        book.codec(),
                        book::snapshotAtOrBefore,
                        new Facts(options, config, drivers.cgroup())::info,
                        () -> LogVerifier.verify(book.log()),
                        new StoreUploads(images.store()),
                        new WatchedBuilds(builds),
                        new StoreContents(images.store()),
                        keeper,
                        new StoreLocks(images.store(), images.registries()),
                        images.transfers(),
                        images.registries()::check,
                        new KeeperStreams(host),
                        new GuardedChanges(drivers.graph()),
                        new ContainerTrees(new GuardedLayers(drivers.graph()), volumes, host.holds(), book.loop()::durableState),
                        container -> directories.logs(container).resolve("log"),
                        new StatsHub(host.stats(), book.loop()::durableState, timer(book.vertx()), STATS_INTERVAL),
                        directories.tmp()),
                ApiOptions.on(options.run().resolve("api.sock")));
        server.start().toCompletionStage().toCompletableFuture().get();
        keep(() -> server.stop().toCompletionStage().toCompletableFuture().get());
        if (config.metricsListen().isPresent()) {
            server.startMetrics(config.metricsListen().get()).toCompletionStage().toCompletableFuture().get();
        }
    }

    private static StatsHub.Timer timer(Vertx vertx) {
        return (interval, tick) -> {
            long id = vertx.setPeriodic(interval.toMillis(), any -> tick.run());
            return () -> vertx.cancelTimer(id);
        };
    }

    /** What no event references is garbage: what an interrupted load left. */
    private static void collectGarbage(ContentStore store, State state) throws BootException {
        try {
            Known known = Known.of(state);
            Garbage garbage = store.leftovers(known);
            if (!garbage.isEmpty()) {
                LOG.info("removing what an interrupted upload left: {} images, {} layers",
                        garbage.images().size(), garbage.layers().size() + garbage.cacheIds().size());
                store.collect(garbage, known::uses);
            }
        } catch (ImageException e) {
            throw new BootException(e.getMessage(), e);
        }
    }

    private Directories directories() throws BootException {
        Path root = options.root();
        try {
            Files.createDirectories(root);
            Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
        } catch (IOException e) {
            throw new BootException(
                    "the root directory " + root + " is of no use: " + Failures.sentence(e) + "; give --root one that can be written to.", e);
        }
        try {
            Files.createDirectories(options.run());
        } catch (IOException e) {
            throw new BootException(
                    "the run directory " + options.run() + " is of no use: " + Failures.sentence(e) + "; give --run-dir one that can be written to.", e);
        }
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
                config.driverDeadlines(),
                observations::observed);
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

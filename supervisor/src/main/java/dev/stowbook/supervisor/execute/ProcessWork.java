package dev.stowbook.supervisor.execute;

import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.spi.graph.RootfsMount;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.decide.Signals;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.Cause;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.keeper.ExitFile;
import dev.stowbook.supervisor.keeper.KeeperConnection;
import dev.stowbook.supervisor.keeper.KeeperListener;
import dev.stowbook.supervisor.keeper.KeeperReactor;
import dev.stowbook.supervisor.keeper.KeeperSpawner;
import dev.stowbook.supervisor.keeper.LaunchPlan;
import dev.stowbook.supervisor.keeper.OutputPlan;
import dev.stowbook.supervisor.keeper.ProcessPlan;
import dev.stowbook.supervisor.keeper.RootPlan;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.ProcessSpec;
import dev.stowbook.supervisor.reconcile.Survey;
import dev.stowbook.supervisor.state.Container;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Starts containers through keepers, signals them, and hears how they end. */
final class ProcessWork {
    private static final Duration RECONNECT = Duration.ofSeconds(30);
    private static final int SIGKILL = 9;
    private static final long SHM_BYTES = 64L << 20;

    /** What it works with; {@code reconciled} completes when the loop knows what was found at the start. */
    record Parts(
            KeeperSpawner spawner,
            KeeperReactor reactor,
            Directories directories,
            LaunchPolicy policy,
            OutputSettings output,
            Placement keeperPlacement,
            OomCounts ooms,
            CompletableFuture<Void> reconciled,
            Workers workers) {}

    private final Parts parts;
    private final RootfsWork rootfs;
    private final CgroupWork cgroups;
    private final Outcomes outcomes;
    private final Map<ContainerId, KeeperConnection> connections = new ConcurrentHashMap<>();

    ProcessWork(Parts parts, RootfsWork rootfs, CgroupWork cgroups, Outcomes outcomes) {
        this.parts = parts;
        this.rootfs = rootfs;
        this.cgroups = cgroups;
        this.outcomes = outcomes;
    }

    /** Asks both drivers what the keeper needs, then spawns it. */
    void start(Effect.StartProcess effect, Outcomes.Origin origin) {
        Container.Definition container = effect.container();
        String operation = effect.step().toString();
        CompletableFuture<Void> told = new CompletableFuture<>();
        // Taken again after a restart: daemon and keeper may both have died behind a process that runs.
        // Where the pid namespace is not its own, what an earlier attempt left may run still.
        CompletableFuture<Void> emptied = origin.cause().command().equals("Recover") || !container.ownPids()
                ? cgroups.empty(container.pod(), container.id(), operation)
                : CompletableFuture.completedFuture(null);
        CompletableFuture<Survey.Started> work = emptied.thenCompose(nothing -> rootfs.mounts(container.layerId(), operation))
                .thenCombine(
                        cgroups.placement(container.pod(), container.id(), operation),
                        (mount, placement) -> parts.workers().call(() -> spawn(effect, mount, placement, origin, told)))
                .thenCompose(spawned -> spawned)
                .thenCompose(started -> started);
        CompletableFuture<Void> reported = outcomes.step(
                effect.step(),
                container.pod(),
                "keeper",
                origin,
                work,
                started -> micros -> new StepEvent.ProcessStarted(
                        effect.step(),
                        container.pod(),
                        container.id(),
                        effect.attempt(),
                        started.process(),
                        started.namespacePid(),
                        started.keeper(),
                        started.namespaces(),
                        started.clamped(),
                        micros));
        reported.thenRun(() -> told.complete(null));
    }

    private CompletableFuture<Survey.Started> spawn(
            Effect.StartProcess effect,
            RootfsMount mount,
            Placement placement,
            Outcomes.Origin origin,
            CompletableFuture<?> told)
            throws Exception {
        ContainerId id = effect.container().id();
        Files.createDirectories(parts.directories().logs(id));
        Files.deleteIfExists(parts.directories().container(id).resolve(ExitFile.NAME));
        KeeperWatch watch = new KeeperWatch(ends(effect.container(), effect.attempt(), origin), told);
        connections.put(id, parts.spawner().run(plan(effect, mount, placement), socket(id), watch));
        return watch.started();
    }

    private LaunchPlan plan(Effect.StartProcess effect, RootfsMount mount, Placement placement) throws Exception {
        Container.Definition container = effect.container();
        Path directory = parts.directories().container(container.id());
        List<RootPlan.MountPlan> mounts = LaunchMounts.of(effect, LaunchFiles.write(directory, effect));
        return new LaunchPlan(
                container.id().value(),
                effect.attempt(),
                directory,
                new OutputPlan(
                        Optional.of(parts.directories().logs(container.id())),
                        parts.output().maxBytes(),
                        parts.output().maxFiles(),
                        parts.output().drain()),
                process(container),
                new RootPlan(
                        mount,
                        container.security().readOnlyRootFilesystem(),
                        mounts,
                        Devices.nodes(container.options().devices()),
                        SHM_BYTES,
                        parts.policy().maskedPaths(),
                        parts.policy().readOnlyPaths(),
                        new TreeMap<>()),
                NamespaceFiles.of(effect.namespaces(), parts.directories().pod(container.pod()), effect.users().isPresent()),
                placement,
                parts.keeperPlacement(),
                parts.policy().privileges(container),
                effect.users());
    }

    private static ProcessPlan process(Container.Definition container) {
        ProcessSpec options = container.options();
        return new ProcessPlan(
                container.process().argv(),
                container.process().env(),
                container.process().workingDir(),
                container.process().user(),
                options.supplementalGroups(),
                options.terminal().stdin(),
                options.terminal().stdinOnce(),
                options.terminal().tty() ? Optional.of(new ProcessPlan.TerminalSize(24, 80)) : Optional.empty(),
                options.init(),
                options.runAsNonRoot(),
                false);
    }

    private KeeperWatch.Ends ends(Container.Definition container, int attempt, Outcomes.Origin origin) {
        return new KeeperWatch.Ends() {
            @Override
            public void exited(ExitStatus exit, long droppedBytes) {
                connections.remove(container.id());
                Report ended = new Report.ReportExit(container.id(), attempt, exit, droppedBytes);
                Optional<GroupId> limited = cgroups.memoryLimited(container.pod(), container.id());
                if (!container.ownPids()) {
                    cgroups.empty(container.pod(), container.id(), "exit").whenComplete((nothing, failure) -> report(ended));
                } else if (exit.signal().orElse(0) == SIGKILL && limited.isPresent()) {
                    afterOomCheck(limited.get(), origin, () -> report(ended));
                } else {
                    report(ended);
                }
            }

            @Override
            public void outputDropped(long bytes) {
                report(new Report.ReportOutputDropped(container.id(), bytes));
            }

            @Override
            public void lost() {
                connections.remove(container.id());
                report(new Report.ReportKeeperLost(container.id(), attempt));
            }

            private void report(Report report) {
                outcomes.report(report, Actor.Kind.KEEPER, container.name(), origin);
            }
        };
    }

    /** Who was killed may have been killed for memory: that is told before the end, so that the end can be explained. */
    private void afterOomCheck(GroupId limited, Outcomes.Origin origin, Runnable then) {
        String group = limited.container().orElse(limited.pod());
        cgroups.oomKills(limited).whenComplete((count, failure) -> {
            if (failure == null && parts.ooms().isNew(group, count)) {
                outcomes.report(new Report.ReportOom(group, count), Actor.Kind.DRIVER, "cgroup", origin);
            }
            then.run();
        });
    }

    void signal(Effect.SendSignal effect, Outcomes.Origin origin) {
        KeeperConnection connection = connections.get(effect.container());
        CompletableFuture<Integer> work = connection == null
                ? CompletableFuture.failedFuture(new StartFailure("signal", 0, 128, "it has no keeper any more"))
                : connection.signal(Signals.number(effect.signal()));
        outcomes.step(
                effect.step(),
                effect.pod(),
                "keeper",
                origin,
                work,
                errno -> micros -> new StepEvent.SignalSent(
                        effect.step(), effect.pod(), effect.container(), effect.signal(), micros));
    }

    /**
     * Connects a reader to a container's process.
     *
     * @throws IOException if its keeper has ended
     */
    KeeperConnection connect(ContainerId container, KeeperListener listener) throws IOException {
        return parts.reactor().connect(socket(container), listener);
    }

    /** The daemon's own connection to a container's keeper; empty if there is none. */
    Optional<KeeperConnection> connection(ContainerId container) {
        return Optional.ofNullable(connections.get(container));
    }

    /** Looks for the keeper of an earlier daemon: it answers, or has left its file, or there is none. */
    Survey.Finding find(Container.Definition container, int attempt) {
        Outcomes.Origin origin = new Outcomes.Origin(0, new Cause("Recover", 0, ""));
        KeeperWatch watch = new KeeperWatch(ends(container, attempt, origin), parts.reconciled());
        try {
            KeeperConnection connection = parts.reactor().connect(socket(container.id()), watch);
            connections.put(container.id(), connection);
            Survey.Started started = watch.started().get(RECONNECT.toMillis(), TimeUnit.MILLISECONDS);
            return new Survey.Finding.Alive(started);
        } catch (IOException | ExecutionException | TimeoutException e) {
            connections.remove(container.id());
            return ExitFiles.finding(parts.directories().container(container.id()), attempt);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Survey.Finding.Gone();
        }
    }

    /** The end is in the book: what told of it may go. */
    void forget(Effect.ForgetExit effect) {
        parts.workers().call(() -> {
            Path directory = parts.directories().container(effect.container());
            Optional<ExitFile> file = ExitFile.read(directory);
            if (file.isPresent() && file.get().generation() <= effect.attempt()) {
                Files.deleteIfExists(directory.resolve(ExitFile.NAME));
            }
            if (!connections.containsKey(effect.container())) {
                Files.deleteIfExists(socket(effect.container()));
            }
            return true;
        });
    }

    Path socket(ContainerId id) {
        return parts.directories().keepers().resolve(id.value());
    }
}

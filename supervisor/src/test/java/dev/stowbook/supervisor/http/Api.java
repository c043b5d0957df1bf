package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.decide.Decider;
import dev.stowbook.supervisor.decide.DecisionSettings;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.log.EventLog;
import dev.stowbook.supervisor.log.FramedLog;
import dev.stowbook.supervisor.log.LogOptions;
import dev.stowbook.supervisor.log.LogVerifier;
import dev.stowbook.supervisor.log.codec.EventCodec;
import dev.stowbook.supervisor.log.file.FileEventLog;
import dev.stowbook.supervisor.loop.CommandLoop;
import dev.stowbook.supervisor.loop.LoopThread;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.loop.SyncThread;
import dev.stowbook.supervisor.loop.SystemInputs;
import dev.stowbook.supervisor.loop.VertxThread;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.IdPool;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.stats.StatsHub;
import dev.stowbook.supervisor.stream.Snapshots;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;

/** The real server over the real loop and a real book in plain files, above a host that is made up. */
public final class Api implements AutoCloseable {
    final Path directory;
    final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(2));
    final FakeHost host = new FakeHost();
    final FakeProcesses processes = new FakeProcesses();
    static final Duration STATS_INTERVAL = Duration.ofMillis(100);

    final FakeStats stats = new FakeStats();
    final AtomicInteger statsTicks = new AtomicInteger();
    final StatsHub hub;
    final FakeCare care = new FakeCare();
    final FakeLocks locks = new FakeLocks();
    final FakeUploads uploads = new FakeUploads();
    final FakeBuilds builds = new FakeBuilds();
    final EventCodec codec = new EventCodec();
    final FramedLog log;
    final CommandLoop loop;
    final SyncGate gate;
    final ApiServer server;
    final UnixHttp http;
    private final SyncThread sync;

    /**
     * Lets a test hold back that the loop hears of syncs, so that what is appended from then on is not durable to anybody. It stands
     * behind the sync and not before it: one that was asked for earlier may come at any time, and bring the newest entry to the disk.
     */
    final class SyncGate {
        private volatile boolean closed;

        LongConsumer before(LongConsumer durable) {
            return sequence -> {
                if (!closed) {
                    durable.accept(sequence);
                }
            };
        }

        void hold() {
            closed = true;
        }

        void release() {
            closed = false;
            sync.request();
        }
    }

    public Api(Path directory) throws Exception {
        this(directory, log -> log, Duration.ofSeconds(15), "stowbook");
    }

    Api(Path directory, UnaryOperator<EventLog> shown, Duration heartbeat, String group) throws Exception {
        this.directory = directory;
        this.log = FileEventLog.open(LogOptions.in(directory.resolve("log")).withReserveBytes(1 << 20));
        LoopThread thread = new VertxThread(vertx);
        CommandLoop[] loops = new CommandLoop[1];
        this.gate = new SyncGate();
        this.sync = new SyncThread(
                log, gate.before(sequence -> thread.execute(() -> loops[0].durable(sequence))), Throwable::printStackTrace);
        DecisionSettings settings = new DecisionSettings(
                Duration.ofMillis(50), 2, Duration.ofSeconds(1), 0, Duration.ofMinutes(10), 2);
        this.loop = new CommandLoop(
                new CommandLoop.Parts(
                        thread, log, codec, new Decider(settings), new SystemInputs(Instant.EPOCH), host, sync,
                        Throwable::printStackTrace),
                State.empty());
        loops[0] = loop;
        host.connect(loop);
        Path socket = directory.resolve("api.sock");
        hub = new StatsHub(stats, loop::durableState, (interval, tick) -> {
            long timer = vertx.setPeriodic(interval.toMillis(), any -> {
                statsTicks.incrementAndGet();
                tick.run();
            });
            return () -> vertx.cancelTimer(timer);
        }, STATS_INTERVAL);
        ApiServices services = new ApiServices(
                loop, thread, shown.apply(log), codec, Snapshots.none(), Api::info, () -> LogVerifier.verify(log), uploads, builds, new FakeContents(), care, locks, host.transfers, FakeHost::checkLogin, processes, Api::changes, new FakeFiles(),
                this::newestLog, hub, directory.resolve("spool"));
        this.server = new ApiServer(
                vertx, services, new ApiOptions(socket, Optional.of(group), heartbeat, Duration.ofMillis(20)));
        server.start().toCompletionStage().toCompletableFuture().get(40, TimeUnit.SECONDS);
        this.http = new UnixHttp(socket);
        ask(new DaemonCommand.StartDaemon("1.0", "boot", 1, "overlay", "cgroup-v1", "bridge", "10.77.0.0/24", new IdPool(IdPool.DEFAULT_FIRST, IdPool.DEFAULT_RANGES, List.of())));
        await(() -> loop.durableState().networks().values().stream().allMatch(network -> network.link().isPresent()));
    }

    private static DaemonInfo info() {
        return new DaemonInfo(
                "1.0", Path.of("/root"), Path.of("/run"), List.of(new DaemonInfo.Controller("memory", 1, "/sys/fs/cgroup/memory")),
                "v1", "cgroupfs", List.of(), "6.18", 1, new DaemonInfo.Security("built-in profile", "off", "off"));
    }

    private static CompletableFuture<List<LayerChanges.Changed>> changes(String layer) {
        return CompletableFuture.completedFuture(
                List.of(new LayerChanges.Changed("modified", "/etc"), new LayerChanges.Changed("added", "/etc/" + layer)));
    }

    /** Where a container's output is looked for. */
    public Path newestLog(ContainerId id) {
        return directory.resolve("logs").resolve(id.value()).resolve("log");
    }

    Reply.Granted ask(Command command) throws Exception {
        return (Reply.Granted) loop.submit(command, Actor.daemon("test"), 0, "").get(40, TimeUnit.SECONDS);
    }

    /** An image of that name, without going through the API. */
    public void image(String reference) throws Exception {
        ask(new ImageCommand.RegisterImages(List.of(new ImageCommand.Arrival(
                FakeUploads.image(reference.getBytes(StandardCharsets.UTF_8)), List.of(reference), "test"))));
    }

    /** Applies a pod and waits until it runs. */
    public Container runs(String name, String more) throws Exception {
        UnixHttp.Response applied = http.post("/v1/pods", pod(name, more));
        if (applied.status() != 200) {
            throw new AssertionError(applied.text());
        }
        await(() -> loop.durableState().podNamed(name)
                .map(pod -> loop.durableState().container(pod.containers().getFirst()).running().isPresent())
                .orElse(false));
        return container(name);
    }

    Container container(String ref) {
        return ((Lookup.Found<Container>) Lookup.container(loop.durableState(), ref)).value();
    }

    static String pod(String name, String more) {
        return """
                apiVersion: v1
                kind: Pod
                metadata:
                  name: %s
                  labels: {app: test}
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 5
                  containers:
                  - name: main
                    image: box
                    command: ["/bin/sleep", "1000"]
                    %s
                """.formatted(name, more);
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    static void await(Condition condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("did not come true in 40 s");
            }
            Thread.sleep(5);
        }
    }

    @Override
    public void close() throws Exception {
        server.stop().toCompletionStage().toCompletableFuture().get(40, TimeUnit.SECONDS);
        host.close();
        sync.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(40, TimeUnit.SECONDS);
        log.close();
    }
}

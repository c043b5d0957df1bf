package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.decide.Decider;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.execute.Workers;
import dev.stowbook.supervisor.log.FramedLog;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogOptions;
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
import dev.stowbook.supervisor.state.State;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The book, open, and the loop that writes it. */
final class Book implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Book.class);
    /** Nothing is served from the class path, and a directory for it in /tmp would outlive a daemon that is killed. */
    private static final FileSystemOptions NO_CACHE = new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false);

    private final Recovery recovery;
    private final EventCodec codec = new EventCodec();
    private final StateSnapshots snapshots;
    private final Vertx vertx = Vertx.vertx(new VertxOptions()
            .setEventLoopPoolSize(2)
            .setPreferNativeTransport(true)
            .setFileSystemOptions(NO_CACHE));
    private final LoopThread thread = new VertxThread(vertx);
    private final LateEffects effects = new LateEffects();
    private final Workers workers = new Workers("projections");
    private final SyncThread sync;
    private final CommandLoop loop;

    private Book(Recovery recovery, StateSnapshots snapshots, DaemonConfig config, Consumer<Throwable> fault) {
        this.recovery = recovery;
        this.snapshots = snapshots;
        this.sync = new SyncThread(recovery.log(), this::durable, fault);
        this.loop = new CommandLoop(
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
        loop.onDurableHead(
                new Snapshotter(snapshots, workers, config.snapshotEvery(), recovery.state().sequence())::durable);
    }

    /** Opens what lies below a root and replays it. Blocks. */
    static Book open(Path root, DaemonConfig config, Consumer<Throwable> fault) throws LogException {
        StateSnapshots snapshots = new StateSnapshots(root.resolve("snapshots"));
        Recovery recovery = Recovery.open(
                LogOptions.in(root.resolve("log")).withReserveBytes(config.reserveBytes()),
                ChronicleEventLog::open,
                snapshots,
                new EventCodec());
        LOG.info("book open at {}, {} events replayed", recovery.state().sequence(), recovery.replayedEvents());
        return new Book(recovery, snapshots, config, fault);
    }

    /** Sync thread. */
    private void durable(long sequence) {
        thread.execute(() -> loop.durable(sequence));
    }

    CommandLoop loop() {
        return loop;
    }

    LoopThread thread() {
        return thread;
    }

    LateEffects effects() {
        return effects;
    }

    FramedLog log() {
        return recovery.log();
    }

    EventCodec codec() {
        return codec;
    }

    Vertx vertx() {
        return vertx;
    }

    /** For files that say again what the book says. */
    Workers workers() {
        return workers;
    }

    /** Asks the loop and waits until the answer is durable. Not to be called on the loop's thread. */
    State ask(Command command) throws InterruptedException, ExecutionException, BootException {
        return switch (loop.submit(command, Actor.daemon("boot"), 0, "").get()) {
            case Reply.Granted granted -> granted.state();
            case Reply.Refused refused -> throw new BootException(command.name() + ": " + refused.message());
        };
    }

    /** Where a replay up to an event may begin. Workers. */
    State snapshotAtOrBefore(long sequence) {
        try {
            return snapshots.newest()
                    .map(StateSnapshots.Taken::state)
                    .filter(state -> state.sequence() <= sequence)
                    .orElse(State.empty());
        } catch (IOException e) {
            LOG.info("no snapshot can be read, all events are replayed: {}", e.getMessage());
            return State.empty();
        }
    }

    /** Closes it after a last sync. */
    @Override
    public void close() throws InterruptedException, ExecutionException {
        workers.close();
        sync.close();
        vertx.close().toCompletionStage().toCompletableFuture().get();
        recovery.log().close();
    }
}

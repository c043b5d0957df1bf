package dev.stowbook.supervisor.execute;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.process.UtsNamespace;
import dev.stowbook.supervisor.keeper.KeeperFailedException;
import dev.stowbook.supervisor.keeper.KeeperSpawner;
import dev.stowbook.supervisor.keeper.LaunchPlan;
import dev.stowbook.supervisor.keeper.Sandbox;
import dev.stowbook.supervisor.keeper.SandboxPlan;
import dev.stowbook.supervisor.model.IdRange;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sandboxes made before a pod asks for one. Whose they will be is no secret: the book gives ranges of ids in order, so a sandbox is made
 * for each of the next few, and the pod that is given the range takes it by moving its directory. A range has one pod at a time, and
 * a directory moves once, so no two pods can share one. What a daemon that was killed leaves here is an orphan.
 */
final class ReadySandboxes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReadySandboxes.class);

    /** About when the start that took one has done its own work; sooner, both would want the same processors. */
    private static final long DELAY_MILLIS = 15;

    private final KeeperSpawner spawner;
    private final Path home;
    private final int size;
    private final Supplier<State> newest;
    private final Map<IdRange, Path> ready = new ConcurrentHashMap<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final ScheduledExecutorService thread;
    private volatile boolean refillAsked;

    /**
     * Makes none yet.
     *
     * @param home where their directories are
     * @param size how many are kept; 0 for none
     * @param newest the newest durable state
     */
    ReadySandboxes(KeeperSpawner spawner, Path home, int size, Supplier<State> newest) {
        this.spawner = spawner;
        this.home = home;
        this.size = size;
        this.newest = newest;
        var executor = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("ready-sandboxes").factory());
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        this.thread = executor;
    }

    /** Makes a pod's sandbox, of a ready one if there is one for it. The pod's directory must not be there, or be empty. Blocks. */
    Sandbox make(SandboxPlan plan) throws IOException, LinuxException, KeeperFailedException {
        Optional<Sandbox> taken = plan.users().isEmpty() ? Optional.empty() : take(plan, plan.users().get());
        if (taken.isPresent()) {
            return taken.get();
        }
        waiting.incrementAndGet();
        try {
            Files.createDirectories(plan.podDirectory());
            return spawner.sandbox(plan);
        } finally {
            waiting.decrementAndGet();
        }
    }

    private Optional<Sandbox> take(SandboxPlan plan, IdRange users) throws IOException, LinuxException {
        Path made = ready.remove(users);
        refill();
        if (made == null) {
            return Optional.empty();
        }
        if (!plan.equals(SandboxPlan.of(plan.podDirectory(), plan.hostname(), plan.users()))) {
            discard(made); // made without what is special about this pod
            return Optional.empty();
        }
        Files.move(made, plan.podDirectory(), StandardCopyOption.ATOMIC_MOVE);
        if (plan.hostname().isPresent()) {
            UtsNamespace.setHostName(
                    plan.podDirectory().resolve(LaunchPlan.NamespaceKind.UTS.fileName()), plan.hostname().get());
        }
        return Optional.of(Sandbox.at(plan.podDirectory(), true));
    }

    /** Sees to it that some are ready soon. Returns at once. */
    void refill() {
        if (size == 0 || refillAsked) {
            return;
        }
        refillAsked = true;
        try {
            thread.schedule(this::refillNow, DELAY_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // closed: nobody will want one
        }
    }

    /** One that could not be made is tried again when the next is taken: whoever needs it makes it, and hears why it can't be made. */
    private void refillNow() {
        refillAsked = false;
        try {
            var next = newest.get().instance().users().next(size);
            for (Map.Entry<IdRange, Path> one : ready.entrySet()) {
                if (!next.contains(one.getKey()) && ready.remove(one.getKey(), one.getValue())) {
                    discard(one.getValue());
                }
            }
            for (IdRange users : next) {
                if (waiting.get() > 0) { // a pod waits for its own: that comes first
                    refill();
                    return;
                }
                if (!ready.containsKey(users)) {
                    ready.put(users, make(users));
                }
            }
        } catch (IOException | LinuxException | KeeperFailedException | RuntimeException e) {
            LOG.warn("no sandbox could be made ready: {}", e.getMessage());
        }
    }

    private Path make(IdRange users) throws IOException, LinuxException, KeeperFailedException {
        int place = 0;
        while (Files.exists(home.resolve(Integer.toString(place)))) {
            place++;
        }
        Path directory = Files.createDirectories(home.resolve(Integer.toString(place)));
        try {
            spawner.sandbox(SandboxPlan.of(directory, Optional.empty(), Optional.of(users)));
            return directory;
        } catch (LinuxException | KeeperFailedException e) {
            discard(directory);
            throw e;
        }
    }

    /** Lets one go that no pod has, such as an orphan; by the name of its directory. */
    void remove(String name) throws IOException, LinuxException {
        discard(home.resolve(name));
    }

    private static void discard(Path directory) throws IOException, LinuxException {
        Sandbox.remove(directory);
        Trees.delete(directory);
    }

    /** Lets all go. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            thread.awaitTermination(10, TimeUnit.SECONDS);
            for (Path directory : ready.values()) {
                discard(directory);
            }
            ready.clear();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | LinuxException e) {
            LOG.info("left for the next start: {}", e.getMessage());
        }
    }
}

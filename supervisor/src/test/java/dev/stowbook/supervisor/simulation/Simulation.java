package dev.stowbook.supervisor.simulation;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.command.NetworkCommand;
import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.decide.Decider;
import dev.stowbook.supervisor.decide.DecisionInputs;
import dev.stowbook.supervisor.decide.DecisionSettings;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.log.Entry;
import dev.stowbook.supervisor.log.EventFormat;
import dev.stowbook.supervisor.log.EventRecord;
import dev.stowbook.supervisor.loop.CommandLoop;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.IdPool;
import dev.stowbook.supervisor.model.IdRange;
import dev.stowbook.supervisor.reconcile.Reconciler;
import dev.stowbook.supervisor.state.State;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** One run: users who want random things of a daemon that dies at random moments, until everything is to go. */
final class Simulation {
    private static final Actor USER = Actor.user("simulation", 0, 1);

    /**
     * How rough it gets.
     *
     * @param crashes how likely the daemon or the power ends between two steps
     * @param failures how likely a call of the kernel fails
     * @param fullDisks how likely the disk fills between two steps
     */
    record Weather(double crashes, double failures, double fullDisks) {}

    final MemoryLog log = new MemoryLog();
    int crashes;
    int powerLosses;
    int crashesWhileReconciling;
    int refusedByFullDisk;
    private final Random random;
    private final Weather weather;
    private final Scheduler scheduler;
    private final EventFormat format;
    private final FakeHost host;
    private final Wishes wishes;
    private @Nullable CommandLoop loop;
    private State snapshot = State.empty();
    private boolean ready;
    private long acknowledged;
    private int open;
    private @Nullable Throwable failure;
    private int life;

    Simulation(long seed, Weather weather, EventFormat format) {
        this.random = new Random(seed);
        this.weather = weather;
        this.scheduler = new Scheduler(random);
        this.format = format;
        this.host = new FakeHost(random, scheduler, log, weather.failures(), () -> loop().durableState());
        this.wishes = new Wishes(random);
    }

    /** Runs so many steps of random wishes, then removes everything and waits until nothing moves. @return the log's bytes */
    byte[] run(int steps) {
        start();
        for (int step = 0; step < steps; step++) {
            if (ready && random.nextInt(12) == 0) {
                ask(wishes.next());
            }
            step();
            if (ready && random.nextInt(100) == 0) {
                host.flushRules();
            }
            if (random.nextDouble() < weather.fullDisks()) {
                log.full(true);
                scheduler.hostSoon(2_000_000, () -> log.full(false));
            }
            if (random.nextDouble() < weather.crashes()) {
                crash();
            }
        }
        log.full(false);
        removeEverything();
        State last = loop().durableState();
        Invariants.replayEqualsState(log, format, last);
        Invariants.nothingIsLeftOver(host, last);
        Invariants.imagesAreComplete(host, last);
        Invariants.lockedContainersAreOfTheirImages(last);
        Invariants.everybodyWasAnswered(open);
        return bytes();
    }

    private CommandLoop loop() {
        if (loop == null) {
            throw new IllegalStateException("no daemon");
        }
        return loop;
    }

    private void start() {
        State recovered = Invariants.replay(snapshot, log.entries(), format);
        log.sync();
        life++;
        ready = false;
        CommandLoop next = new CommandLoop(
                new CommandLoop.Parts(
                        scheduler.loopThread(),
                        log,
                        format,
                        new Decider(DecisionSettings.defaults()),
                        inputs(),
                        host,
                        () -> scheduler.daemonSoon(800, () -> synced(loop())),
                        fault -> {
                            throw new AssertionError("fault: " + fault, fault);
                        }),
                recovered);
        loop = next;
        next.onDurable(state -> {
            Invariants.nothingShownBeforeDurability(log, state);
            Invariants.noTwoPodsShareUsers(state);
            Invariants.endedExecsAreForgotten(state);
            Invariants.addressesAreTheirPods(state);
        });
        next.onDurableHead(published -> {
            if (random.nextInt(20) == 0) {
                snapshot = published.state();
            }
        });
        host.connect((command, sequence) -> next.submit(command, Actor.daemon("host"), sequence, ""));
        next.submit(
                        new DaemonCommand.StartDaemon(
                                "test", host.bootId(), 1, "overlay", "cgroup-v1", "bridge", "10.88.0.0/24",
                                new IdPool(100_000, 64, List.of(IdRange.ofPod(200_000)))),
                        Actor.daemon("boot"),
                        0,
                        "")
                .thenAccept(reply -> checked(() -> begun(next, reply)));
    }

    private void begun(CommandLoop started, Reply reply) {
        switch (reply) {
            case Reply.Refused refused -> scheduler.daemonSoon(1000, this::restart);
            case Reply.Granted granted -> {
                Invariants.nobodyIsHeldForACommitOfADaemonThatEnded(granted.state());
                scheduler.daemonSoon(3000, () -> reconcile(started, granted.state()));
            }
        }
    }

    /** The host is looked at while the loop goes on, and what was found comes to the loop later. */
    private void reconcile(CommandLoop started, State state) {
        Reconciler.Plan plan = Reconciler.reconcile(state, host, scheduler.now());
        scheduler.daemonSoon(3000, () -> {
            plan.reports().forEach(report -> started.submit(report, Actor.daemon("reconciler"), state.sequence(), ""));
            plan.resumed().forEach(effect -> started.resume(effect, state.sequence()));
            ready = true;
        });
    }

    /** The loop goes on between the end of a sync and the moment it hears of it. */
    private void synced(CommandLoop owner) {
        long sequence = log.sync();
        scheduler.daemonSoon(300, () -> owner.durable(sequence));
    }

    private void crash() {
        crashes++;
        if (random.nextInt(4) == 0) {
            Invariants.groupsHaveTheLimitsOfTheBook(host, Invariants.replay(log.entries(), format));
        }
        if (!ready) {
            crashesWhileReconciling++;
        }
        if (random.nextInt(4) == 0) {
            powerLosses++;
            scheduler.wipe();
            log.full(false);
            log.losePower();
            host.powerLost();
        }
        restart();
    }

    private void restart() {
        host.daemonDied();
        scheduler.killDaemon();
        open = 0;
        Invariants.nothingAcknowledgedIsLost(log, acknowledged);
        if (random.nextInt(4) == 0) {
            Invariants.replayEqualsState(log, format, loop().durableState());
        }
        start();
    }

    private void ask(Command command) {
        int mine = life;
        open++;
        boolean adds = command instanceof ImageCommand.RegisterImages;
        if (command instanceof ImageCommand.RegisterImages register) {
            register.arrivals().forEach(arrival -> host.add(arrival.image()));
        }
        loop().submit(command, USER, 0, "req").thenAccept(reply -> checked(() -> answered(mine, adds, reply)));
    }

    private void answered(int owner, boolean adds, Reply reply) {
        open--;
        if (owner != life) {
            throw new AssertionError("a daemon that is dead has answered");
        }
        if (adds) {
            host.added();
        }
        Invariants.noReplyBeforeDurability(log, reply);
        switch (reply) {
            case Reply.Granted granted -> acknowledged = Math.max(acknowledged, granted.sequence());
            case Reply.Refused refused -> refusedByFullDisk += refused.code() == ErrorCode.DISK_FULL ? 1 : 0;
        }
    }

    /** A future keeps to itself what is thrown by those who wait for it. */
    private void checked(Runnable check) {
        try {
            check.run();
        } catch (AssertionError | RuntimeException e) {
            failure = e;
        }
    }

    /** One task of the scheduler. @return whether there was one */
    private boolean step() {
        boolean any = scheduler.step();
        if (failure != null) {
            throw new AssertionError("in a reply: " + failure.getMessage(), failure);
        }
        return any;
    }

    /** Nobody wants anything more, and the host is well again; layers that nobody knows go when a daemon starts. */
    private void removeEverything() {
        while (!ready && step()) {
            // until somebody can be asked
        }
        ask(new PodCommand.RemovePods(Wishes.PODS, true, true, OptionalLong.of(0)));
        drain();
        Invariants.everybodyWasAnswered(open);
        Invariants.nothingIsUnderWay(loop().durableState());
        host.healed();
        restart();
        drain();
        ask(new NetworkCommand.PruneNetworks());
        drain();
        Invariants.onlyTheDefaultNetworkIsLeft(loop().durableState());
    }

    private void drain() {
        for (int step = 0; step < 20_000; step++) {
            if (!step()) {
                return;
            }
        }
        throw new AssertionError("there is no rest: " + loop().durableState());
    }

    private DecisionInputs inputs() {
        return new DecisionInputs() {
            @Override
            public Instant now() {
                return scheduler.now();
            }

            @Override
            public String newId() {
                StringBuilder id = new StringBuilder(64);
                for (int i = 0; i < 4; i++) {
                    id.append(String.format("%016x", random.nextLong()));
                }
                return id.toString();
            }

            @Override
            public double jitter() {
                return random.nextDouble();
            }
        };
    }

    private byte[] bytes() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Entry entry : log.entries()) {
            String head = entry.firstSequence() + " " + entry.time() + " " + entry.cause() + " " + entry.actor() + "\n";
            all.writeBytes(head.getBytes(StandardCharsets.UTF_8));
            for (EventRecord record : entry.events()) {
                all.writeBytes(record.data());
            }
        }
        return all.toByteArray();
    }
}

package dev.stowbook.supervisor.simulation;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.ContainerCommand;
import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.command.ImageCommand;
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
import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.ImageRun;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.PortSpec;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.model.SecuritySpec;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.reconcile.Reconciler;
import dev.stowbook.supervisor.state.State;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One run: users who want random things of a daemon that dies at random moments, until everything is to go. */
final class Simulation {
    private static final Actor USER = Actor.user("simulation", 0, 1);
    private static final List<String> NAMES = List.of("web", "db", "cache", "job");

    private final Random random;
    private final Scheduler scheduler;
    private final MemoryLog log = new MemoryLog();
    private final EventFormat format;
    private final FakeHost host;
    private final double crashRate;
    private @Nullable CommandLoop loop;
    private State working = State.empty();
    private long acknowledged;
    private int open;
    private int life;
    int crashes;

    Simulation(long seed, double crashRate, double failureRate, EventFormat format) {
        this.random = new Random(seed);
        this.scheduler = new Scheduler(random);
        this.format = format;
        this.crashRate = crashRate;
        this.host = new FakeHost(random, scheduler, log, failureRate);
    }

    /** Runs so many steps of random wishes, then removes everything and waits until nothing moves. @return the log's bytes */
    byte[] run(int steps) {
        start();
        for (int step = 0; step < steps; step++) {
            if (random.nextInt(12) == 0) {
                ask(wish());
            }
            scheduler.step();
            if (random.nextDouble() < crashRate) {
                crash();
            }
        }
        removeEverything();
        Invariants.replayEqualsState(log, format, loop().durableState());
        if (System.getProperty("stowbook.seed") != null) { log.entries().forEach(e -> System.out.println(e.firstSequence()+" "+e.cause()+" "+e.events().stream().map(r -> new String(r.data()).replaceAll("[0-9a-f]{56}","")).toList())); }
        Invariants.nothingIsLeftOver(host, loop().durableState());
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
        State recovered = Invariants.replay(log.entries(), format);
        log.sync();
        int mine = ++life;
        CommandLoop next = new CommandLoop(
                new CommandLoop.Parts(
                        scheduler.loopThread(),
                        log,
                        format,
                        new Decider(DecisionSettings.defaults()),
                        inputs(),
                        host,
                        () -> scheduler.daemonSoon(800, () -> synced(mine)),
                        fault -> {
                            throw new AssertionError("fault", fault);
                        }),
                recovered);
        loop = next;
        next.onDurable(state -> Invariants.nothingShownBeforeDurability(log, state));
        host.connect((command, sequence) -> next.submit(command, Actor.daemon("host"), sequence, ""));
        next.submit(
                        new DaemonCommand.StartDaemon(
                                "test", host.bootId(), 1, "overlay", "cgroup-v1", "bridge", "10.88.0.0/24"),
                        Actor.daemon("boot"),
                        0,
                        "")
                .thenAccept(reply -> reconcile(next, mine));
    }

    private void synced(int owner) {
        if (owner == life) {
            loop().durable(log.sync());
        }
    }

    private void reconcile(CommandLoop started, int owner) {
        if (owner != life) {
            return;
        }
        State state = started.durableState();
        Reconciler.Plan plan = Reconciler.reconcile(state, host, scheduler.now());
        plan.reports().forEach(report -> started.submit(report, Actor.daemon("reconciler"), 0, ""));
        plan.resumed().forEach(effect -> started.resume(effect, state.sequence()));
    }

    private void crash() {
        crashes++;
        host.daemonDied();
        if (random.nextInt(4) == 0) {
            scheduler.wipe();
            log.losePower();
            host.powerLost();
        } else {
            scheduler.killDaemon();
        }
        open = 0;
        Invariants.nothingAcknowledgedIsLost(log, acknowledged);
        start();
    }

    private void ask(Command command) {
        int mine = life;
        open++;
        loop().submit(command, USER, 0, "req").thenAccept(reply -> {
            if (mine == life) {
                open--;
            }
            Invariants.noReplyBeforeDurability(log, reply);
            if (reply instanceof Reply.Granted granted) {
                acknowledged = Math.max(acknowledged, granted.sequence());
            }
        });
    }

    private void removeEverything() {
        for (int round = 0; round < 50; round++) {
            ask(new PodCommand.RemovePods(NAMES, true, true, OptionalLong.of(0)));
            for (int step = 0; step < 200_000 && scheduler.step(); step++) {
                if (step % 50_000 == 49_999 && loop().durableState().pods().isEmpty() && loop().idle()) {
                    break;
                }
            }
            if (loop().durableState().pods().isEmpty() && host.leftovers().isEmpty()) {
                return;
            }
        }
    }

    private Command wish() {
        String name = NAMES.get(random.nextInt(NAMES.size()));
        return switch (random.nextInt(12)) {
            case 0, 1, 2 -> new PodCommand.ApplyPods(List.of(pod(name)));
            case 3 -> new PodCommand.StopPod(name, OptionalLong.of(random.nextInt(3) * 10L));
            case 4 -> new PodCommand.KillPod(name, random.nextBoolean() ? "KILL" : "HUP");
            case 5 -> new PodCommand.RemovePods(List.of(name), random.nextBoolean(), true, OptionalLong.empty());
            case 6 -> new PodCommand.StartPod(name);
            case 7 -> new ContainerCommand.StopContainer(name + "/c0", OptionalLong.of(5));
            case 8 -> new ContainerCommand.StartExec(
                    name + "/c0", List.of("true"), List.of(), Optional.empty(), Optional.empty(), false, false, false);
            case 9 -> new ImageCommand.RemoveImage("busybox", random.nextBoolean());
            default -> new ImageCommand.RegisterImages(
                    List.of(new ImageCommand.Arrival(image(), List.of("busybox"), "test")));
        };
    }

    private PodSpec pod(String name) {
        List<ContainerSpec> containers = new ArrayList<>();
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            OptionalInt hostPort = random.nextInt(4) == 0 ? OptionalInt.of(8000 + random.nextInt(3)) : OptionalInt.empty();
            containers.add(new ContainerSpec(
                    "c" + i,
                    "busybox",
                    List.of("sleep", "" + random.nextInt(3)),
                    List.of(),
                    List.of(),
                    Optional.empty(),
                    List.of(new PortSpec(Optional.empty(), 80, hostPort, Optional.empty(), PortSpec.Protocol.TCP)),
                    ResourceSpec.unlimited(),
                    SecuritySpec.defaults()));
        }
        return new PodSpec(
                name,
                new TreeMap<>(),
                Optional.empty(),
                PodSpec.RestartPolicy.values()[random.nextInt(3)],
                Duration.ofMillis(20),
                containers);
    }

    private static StoredImage image() {
        return new StoredImage(
                "sha256:" + "a".repeat(64),
                List.of(new StoredLayer("sha256:" + "b".repeat(64), "sha256:" + "b".repeat(64), "c".repeat(64), 10)),
                new ImageRun(
                        List.of(), List.of(), List.of("sh"), Optional.empty(), Optional.empty(), Optional.empty(),
                        List.of(), List.of(), new TreeMap<>()),
                "amd64",
                "linux",
                Instant.parse("2026-01-01T00:00:00Z"));
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
            all.writeBytes((entry.firstSequence() + " " + entry.time() + " " + entry.cause() + " " + entry.actor()
                            + "\n")
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8));
            for (EventRecord record : entry.events()) {
                all.writeBytes(record.data());
            }
        }
        return all.toByteArray();
    }
}

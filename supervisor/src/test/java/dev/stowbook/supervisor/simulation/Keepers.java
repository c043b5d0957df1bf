package dev.stowbook.supervisor.simulation;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.ProcessIdentity;
import dev.stowbook.supervisor.reconcile.Survey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/** Keepers with what they keep, and the files they leave. They outlive the daemon; the files outlive the power too. */
final class Keepers {
    /** A keeper, its process, and the file it leaves. */
    private static final class Keeper {
        private final int attempt;
        private final Survey.Started started;
        private Optional<ExitStatus> exit = Optional.empty();
        private boolean lost;
        private boolean runs = true;
        private boolean frozen;
        private Runnable whenThawed = () -> {};

        private Keeper(int attempt, Survey.Started started) {
            this.attempt = attempt;
            this.started = started;
        }

        private Survey.Finding finding() {
            if (exit.isPresent()) {
                return new Survey.Finding.Ended(Optional.of(started), exit.get(), 0);
            }
            return lost ? new Survey.Finding.Gone() : new Survey.Finding.Alive(started);
        }
    }

    private final Random random;
    private final Scheduler scheduler;
    private final Consumer<Command> tell;
    private final Map<ContainerId, Keeper> containers = new TreeMap<>();
    private final Map<ExecId, Keeper> execs = new TreeMap<>();
    private final Map<ExecId, ContainerId> containerOf = new TreeMap<>();
    private final TreeSet<String> startedOnce = new TreeSet<>();
    private int pids = 100;
    private int boot = 1;

    /** @param tell how a daemon that lives hears of it */
    Keepers(Random random, Scheduler scheduler, Consumer<Command> tell) {
        this.random = random;
        this.scheduler = scheduler;
        this.tell = tell;
    }

    String bootId() {
        return "boot-" + boot;
    }

    void powerLost() {
        boot++;
        containers.values().removeIf(keeper -> keeper.exit.isEmpty());
        execs.values().removeIf(keeper -> keeper.exit.isEmpty());
        containers.values().forEach(keeper -> keeper.runs = false);
    }

    /** What an attempt whose keeper was lost left in the container's group is ended first. */
    Survey.Started start(ContainerId id, int attempt, int generation) {
        Keeper old = containers.get(id);
        boolean leftBehind = old != null && old.lost && old.attempt == attempt;
        if (!leftBehind) {
            Invariants.noProcessIsStartedTwice(startedOnce, bootId(), id, attempt, generation);
            Invariants.nothingRuns(old != null && old.runs, "a second process started in container " + id);
        }
        Keeper keeper = new Keeper(attempt, started());
        containers.put(id, keeper);
        if (random.nextInt(4) > 0) {
            int code = random.nextInt(3);
            scheduler.hostSoon(3_000_000, () -> end(id, attempt, code));
        }
        if (random.nextInt(20) == 0) {
            scheduler.hostSoon(500_000, () -> lose(id, attempt));
        }
        return keeper.started;
    }

    /** @return whether there is somebody to send it */
    boolean signal(ContainerId id) {
        Keeper keeper = containers.get(id);
        if (keeper == null || keeper.lost) {
            return false;
        }
        if (random.nextInt(3) > 0) {
            scheduler.hostSoon(10_000, () -> end(id, keeper.attempt, 143));
        }
        return true;
    }

    void freeze(ContainerId id) {
        Keeper keeper = containers.get(id);
        if (keeper != null) {
            keeper.frozen = true;
        }
    }

    void thaw(ContainerId id) {
        Keeper keeper = containers.get(id);
        if (keeper != null && keeper.frozen) {
            keeper.frozen = false;
            keeper.whenThawed.run();
        }
    }

    void kill(ContainerId id) {
        Keeper keeper = containers.get(id);
        if (keeper != null) {
            keeper.frozen = false;
            keeper.runs = false;
            scheduler.hostSoon(10_000, () -> reap(id, keeper.attempt, 137));
        }
    }

    private void end(ContainerId id, int attempt, int code) {
        Keeper keeper = containers.get(id);
        if (keeper != null && keeper.frozen) {
            keeper.whenThawed = () -> end(id, attempt, code);
            return;
        }
        if (keeper != null && keeper.attempt == attempt && keeper.runs) {
            keeper.runs = false;
            reap(id, attempt, code);
        }
    }

    private void reap(ContainerId id, int attempt, int code) {
        Keeper keeper = containers.get(id);
        if (keeper == null || keeper.attempt != attempt || keeper.lost || keeper.exit.isPresent()) {
            return;
        }
        ExitStatus exit = exit(code);
        keeper.exit = Optional.of(exit);
        containerOf.forEach((exec, container) -> {
            if (container.equals(id)) {
                scheduler.hostSoon(1000, () -> endExec(exec));
            }
        });
        tell.accept(new Report.ReportExit(id, attempt, exit, 0));
    }

    private void lose(ContainerId id, int attempt) {
        Keeper keeper = containers.get(id);
        if (keeper != null && keeper.attempt == attempt && keeper.exit.isEmpty()) {
            keeper.lost = true;
            tell.accept(new Report.ReportKeeperLost(id, attempt));
        }
    }

    /** @return empty if the container has no process to join */
    Optional<Survey.Started> startExec(ExecId id, ContainerId container) {
        Keeper target = containers.get(container);
        if (target == null || !target.runs) {
            return Optional.empty();
        }
        Invariants.noProcessIsStartedTwice(startedOnce, bootId(), container, 0, id.hashCode());
        Keeper keeper = new Keeper(0, started());
        execs.put(id, keeper);
        containerOf.put(id, container);
        scheduler.hostSoon(random.nextBoolean() ? 1000 : 5_000_000, () -> endExec(id));
        return Optional.of(keeper.started);
    }

    private void endExec(ExecId id) {
        Keeper keeper = execs.get(id);
        if (keeper != null && keeper.exit.isEmpty()) {
            keeper.runs = false;
            ExitStatus exit = exit(0);
            keeper.exit = Optional.of(exit);
            tell.accept(new Report.ReportExecExit(id, exit));
        }
    }

    void forget(ContainerId id, int attempt) {
        Keeper keeper = containers.get(id);
        if (keeper != null && keeper.attempt <= attempt) {
            Invariants.nothingRuns(keeper.runs, "the book says that it ended: container " + id);
            containers.remove(id);
        }
    }

    void forget(ExecId id) {
        execs.remove(id);
    }

    /** A container's files and those of its execs go. */
    void removeFiles(ContainerId id) {
        Keeper keeper = containers.remove(id);
        Invariants.nothingRuns(keeper != null && keeper.runs, "its files are removed: container " + id);
        execs.keySet().removeIf(exec -> id.equals(containerOf.get(exec)));
    }

    boolean runs(ContainerId id) {
        Keeper keeper = containers.get(id);
        return keeper != null && keeper.runs;
    }

    Survey.Finding find(ContainerId id, int attempt) {
        Keeper keeper = containers.get(id);
        return keeper == null || keeper.attempt != attempt ? new Survey.Finding.Gone() : keeper.finding();
    }

    Survey.Finding find(ExecId id) {
        Keeper keeper = execs.get(id);
        return keeper == null ? new Survey.Finding.Gone() : keeper.finding();
    }

    List<ContainerId> withFiles() {
        return List.copyOf(containers.keySet());
    }

    List<ExecId> execsWithFiles() {
        return List.copyOf(execs.keySet());
    }

    private ExitStatus exit(int code) {
        return new ExitStatus(ExitStatus.Kind.EXITED, code, OptionalInt.empty(), scheduler.now(), false, "");
    }

    private Survey.Started started() {
        return new Survey.Started(
                identity(), 1, identity(), new TreeMap<>(Map.of("pid", 4026532000L)), List.of());
    }

    ProcessIdentity identity() {
        return new ProcessIdentity(++pids, pids * 10L, bootId());
    }
}

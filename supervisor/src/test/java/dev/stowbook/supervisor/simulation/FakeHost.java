package dev.stowbook.supervisor.simulation;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Cause;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.loop.EffectSink;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.ProcessIdentity;
import dev.stowbook.supervisor.reconcile.Survey;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Exec;
import dev.stowbook.supervisor.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/** A host with a kernel, a disk and keepers, made up. What it holds outlives the daemon; what the kernel holds not the power. */
final class FakeHost implements EffectSink, Survey {
    private static final int CALL_MICROS = 3000;

    /** A keeper and what it keeps. */
    private static final class Keeper {
        private final int attempt;
        private final Started started;
        private Optional<ExitStatus> exit = Optional.empty();
        private boolean lost;

        private Keeper(int attempt, Started started) {
            this.attempt = attempt;
            this.started = started;
        }
    }

    private final Random random;
    private final Scheduler scheduler;
    private final MemoryLog log;
    private final double failureRate;
    private final TreeSet<String> kernel = new TreeSet<>();
    private final TreeSet<String> disk = new TreeSet<>();
    private final Map<ContainerId, Keeper> keepers = new TreeMap<>();
    private final Map<ExecId, Keeper> execKeepers = new TreeMap<>();
    private final TreeSet<String> startedOnce = new TreeSet<>();
    private BiConsumer<Command, Long> loop = (command, sequence) -> {};
    private boolean up;
    private int pids = 100;
    private int boot = 1;

    FakeHost(Random random, Scheduler scheduler, MemoryLog log, double failureRate) {
        this.random = random;
        this.scheduler = scheduler;
        this.log = log;
        this.failureRate = failureRate;
    }

    String bootId() {
        return "boot-" + boot;
    }

    void connect(BiConsumer<Command, Long> submit) {
        loop = submit;
        up = true;
    }

    void daemonDied() {
        up = false;
        loop = (command, sequence) -> {};
    }

    void powerLost() {
        daemonDied();
        boot++;
        kernel.clear();
        keepers.clear();
        execKeepers.clear();
    }

    /** Everything that is left; empty when nothing should be. */
    List<String> leftovers() {
        List<String> left = new ArrayList<>(kernel);
        left.removeIf(name -> name.startsWith("network"));
        left.addAll(disk);
        keepers.forEach((id, keeper) -> left.add("keeper " + id.abbreviated()));
        execKeepers.forEach((id, keeper) -> left.add("exec keeper " + id.abbreviated()));
        return left;
    }

    @Override
    public void begin(Effect effect, long sequence, Cause cause) {
        Invariants.noKernelCallWithoutAppendedIntent(log, effect, sequence);
        if (System.getProperty("stowbook.seed") != null && effect instanceof Effect.RemoveRootfs) { System.out.println("BEGIN " + sequence + " " + effect.toString().replaceAll("[0-9a-f]{56}","")); }
        scheduler.daemonSoon(CALL_MICROS, () -> carryOut(effect, sequence));
    }

    private void answer(long sequence, Command command) {
        scheduler.daemonSoon(CALL_MICROS, () -> loop.accept(command, sequence));
    }

    private void carryOut(Effect effect, long sequence) {
        switch (effect) {
            case Effect.StepEffect step -> {
                if (random.nextDouble() < failureRate && mayFail(step)) {
                    answer(sequence, new Report.CompleteStep(failure(step)));
                } else {
                    answer(sequence, new Report.CompleteStep(step(step)));
                }
            }
            case Effect.EnsureNetwork e -> {
                kernel.add("network " + e.network());
                answer(sequence, new DaemonCommand.NetworkIsReady(e.network(), "br0"));
            }
            case Effect.Schedule e -> throw new AssertionError("the loop's own: " + e);
            case Effect.ForgetExit e -> {
                Keeper keeper = keepers.get(e.container());
                if (keeper != null && keeper.attempt == e.attempt()) {
                    keepers.remove(e.container());
                }
            }
            case Effect.ForgetExecExit e -> execKeepers.remove(e.exec());
            case Effect.RemoveOrphan e -> {
                kernel.remove(e.kind() + " " + e.name());
                disk.remove(e.kind() + " " + e.name());
                if (e.kind().equals("keeper")) {
                    keepers.remove(new ContainerId(e.name()));
                    execKeepers.remove(new ExecId(e.name()));
                }
                answer(sequence, new Report.ReportOrphanRemoved(e.kind(), e.name(), ""));
            }
        }
    }

    private static boolean mayFail(Effect.StepEffect step) {
        return !(step instanceof Effect.RemoveImage) && !(step instanceof Effect.StartExec);
    }

    private static StepEvent failure(Effect.StepEffect step) {
        String code = step instanceof Effect.JoinEndpoint ? "IN_USE" : "IO";
        return new StepEvent.StepFailed(step.step(), podOf(step), code, 5, 127, "made to fail", 1);
    }

    private static PodId podOf(Effect.StepEffect step) {
        return switch (step) {
            case Effect.CreateSandbox e -> e.pod();
            case Effect.CreateGroup e -> e.pod();
            case Effect.JoinEndpoint e -> e.pod();
            case Effect.PublishPorts e -> e.pod();
            case Effect.PrepareRootfs e -> e.pod();
            case Effect.StartProcess e -> e.container().pod();
            case Effect.SendSignal e -> e.pod();
            case Effect.Freeze e -> e.pod();
            case Effect.Kill e -> e.pod();
            case Effect.LeaveEndpoint e -> e.pod();
            case Effect.DestroyGroup e -> e.pod();
            case Effect.RemoveSandbox e -> e.pod();
            case Effect.RemoveRootfs e -> e.pod();
            case Effect.RemoveFiles e -> e.pod();
            case Effect.StartExec e -> e.container().pod();
            case Effect.RemoveImage e -> throw new AssertionError("of no pod");
        };
    }

    private StepEvent step(Effect.StepEffect step) {
        return switch (step) {
            case Effect.CreateSandbox e -> {
                kernel.add("sandbox " + e.pod());
                yield new StepEvent.SandboxCreated(e.step(), e.pod(), new TreeMap<>(Map.of("net", 4026531840L)), 1);
            }
            case Effect.CreateGroup e -> {
                kernel.add(group(e.pod(), e.container()));
                yield new StepEvent.CgroupCreated(e.step(), e.pod(), e.container(), new TreeMap<>(), 1);
            }
            case Effect.JoinEndpoint e -> {
                need("sandbox " + e.pod());
                kernel.add("endpoint " + e.pod());
                yield new StepEvent.EndpointJoined(e.step(), e.pod(), "v", "m", e.address(), List.of("10.0.0.1"), 1);
            }
            case Effect.PublishPorts e -> {
                need("endpoint " + e.pod());
                kernel.add("ports " + e.pod());
                yield new StepEvent.PortsPublished(e.step(), e.pod(), e.ports(), Optional.of(identity()), 1);
            }
            case Effect.PrepareRootfs e -> {
                disk.add("layer " + e.layerId());
                yield new StepEvent.RootfsPrepared(e.step(), e.pod(), e.container(), List.of("l"), "u", "w", 1);
            }
            case Effect.StartProcess e -> start(e);
            case Effect.SendSignal e -> {
                if (random.nextInt(3) > 0) {
                    exitSoon(e.container(), 143);
                }
                yield new StepEvent.SignalSent(e.step(), e.pod(), e.container(), e.signal(), 1);
            }
            case Effect.Freeze e -> new StepEvent.ProcessesFrozen(e.step(), e.pod(), e.container(), 1);
            case Effect.Kill e -> {
                exitSoon(e.container(), 137);
                yield new StepEvent.ProcessesKilled(e.step(), e.pod(), e.container(), 1, 1);
            }
            case Effect.LeaveEndpoint e -> {
                kernel.remove("ports " + e.pod());
                kernel.remove("endpoint " + e.pod());
                yield new StepEvent.EndpointLeft(e.step(), e.pod(), 1);
            }
            case Effect.DestroyGroup e -> {
                kernel.remove(group(e.pod(), e.container()));
                yield new StepEvent.CgroupDestroyed(e.step(), e.pod(), e.container(), 1);
            }
            case Effect.RemoveSandbox e -> {
                kernel.remove("sandbox " + e.pod());
                yield new StepEvent.SandboxRemoved(e.step(), e.pod(), 1);
            }
            case Effect.RemoveRootfs e -> {
                disk.remove("layer " + e.layerId());
                yield new StepEvent.RootfsRemoved(e.step(), e.pod(), e.container(), 1);
            }
            case Effect.RemoveFiles e -> new StepEvent.FilesRemoved(e.step(), e.pod(), 1);
            case Effect.StartExec e -> {
                Started started = started();
                execKeepers.put(e.exec().id(), new Keeper(1, started));
                scheduler.hostSoon(50_000, () -> endExec(e.exec().id()));
                yield new StepEvent.ExecStarted(
                        e.step(), e.exec().id(), e.container().id(), started.process(), started.keeper(), 1);
            }
            case Effect.RemoveImage e -> new StepEvent.ImageRemoved(e.step(), e.image(), 1);
        };
    }

    private StepEvent start(Effect.StartProcess e) {
        need("endpoint " + e.container().pod());
        need(group(e.container().pod(), Optional.of(e.container().id())));
        if (!disk.contains("layer " + e.container().layerId())) {
            throw new AssertionError("started without a root file system: " + e);
        }
        Invariants.noProcessIsStartedTwice(startedOnce, bootId(), e.container().id(), e.attempt(), e.generation());
        Started started = started();
        keepers.put(e.container().id(), new Keeper(e.attempt(), started));
        if (random.nextInt(4) > 0) {
            scheduler.hostSoon(3_000_000, () -> exitNow(e.container().id(), e.attempt(), random.nextInt(3)));
        }
        if (random.nextInt(20) == 0) {
            scheduler.hostSoon(500_000, () -> loseKeeper(e.container().id(), e.attempt()));
        }
        return new StepEvent.ProcessStarted(
                e.step(), e.container().pod(), e.container().id(), e.attempt(), started.process(), 1, started.keeper(),
                started.namespaces(), List.of(), 1);
    }

    private void exitSoon(ContainerId id, int code) {
        Keeper keeper = keepers.get(id);
        if (keeper != null) {
            int attempt = keeper.attempt;
            scheduler.hostSoon(10_000, () -> exitNow(id, attempt, code));
        }
    }

    private void exitNow(ContainerId id, int attempt, int code) {
        Keeper keeper = keepers.get(id);
        if (keeper == null || keeper.attempt != attempt || keeper.exit.isPresent() || keeper.lost) {
            return;
        }
        ExitStatus exit = new ExitStatus(
                ExitStatus.Kind.EXITED, code, OptionalInt.empty(), scheduler.now(), false, "");
        keeper.exit = Optional.of(exit);
        if (up) {
            answer(0, new Report.ReportExit(id, attempt, exit, 0));
        }
    }

    private void loseKeeper(ContainerId id, int attempt) {
        Keeper keeper = keepers.get(id);
        if (keeper != null && keeper.attempt == attempt && keeper.exit.isEmpty()) {
            keeper.lost = true;
            if (up) {
                answer(0, new Report.ReportKeeperLost(id, attempt));
            }
        }
    }

    private void endExec(ExecId id) {
        Keeper keeper = execKeepers.get(id);
        if (keeper != null && keeper.exit.isEmpty()) {
            ExitStatus exit =
                    new ExitStatus(ExitStatus.Kind.EXITED, 0, OptionalInt.empty(), scheduler.now(), false, "");
            keeper.exit = Optional.of(exit);
            if (up) {
                answer(0, new Report.ReportExecExit(id, exit));
            }
        }
    }

    private Started started() {
        return new Started(identity(), 1, identity(), new TreeMap<>(Map.of("pid", 4026532000L)), List.of());
    }

    private ProcessIdentity identity() {
        return new ProcessIdentity(++pids, pids * 10L, bootId());
    }

    private void need(String object) {
        if (!kernel.contains(object)) {
            throw new AssertionError("needs " + object + ", which is not there");
        }
    }

    private static String group(PodId pod, Optional<ContainerId> container) {
        return "group " + pod + container.map(id -> "/" + id).orElse("");
    }

    @Override
    public Finding container(Container.Definition container, int attempt) {
        Keeper keeper = keepers.get(container.id());
        return keeper == null || keeper.attempt != attempt ? new Finding.Gone() : finding(keeper);
    }

    @Override
    public Finding exec(Exec exec) {
        Keeper keeper = execKeepers.get(exec.id());
        return keeper == null ? new Finding.Gone() : finding(keeper);
    }

    private static Finding finding(Keeper keeper) {
        if (keeper.lost) {
            return new Finding.Gone();
        }
        return keeper.exit
                .<Finding>map(exit -> new Finding.Ended(Optional.of(keeper.started), exit, 0))
                .orElse(new Finding.Alive(keeper.started));
    }

    @Override
    public List<Orphan> orphans(State state) {
        List<Orphan> orphans = new ArrayList<>();
        for (String object : kernel) {
            String[] parts = object.split(" ");
            if (parts[0].equals("network")) {
                continue;
            }
            PodId pod = new PodId(parts[1].split("/")[0]);
            if (!state.pods().containsKey(pod) || !state.pod(pod).active()) {
                orphans.add(new Orphan(parts[0], parts[1]));
            }
        }
        for (String object : disk) {
            String layer = object.split(" ")[1];
            if (state.containers().values().stream().noneMatch(c -> c.definition().layerId().equals(layer))) {
                orphans.add(new Orphan("layer", layer));
            }
        }
        keepers.keySet().stream()
                .filter(id -> !state.containers().containsKey(id)
                        || keepers.get(id).attempt != state.container(id).attempt()
                        || state.container(id).settled())
                .forEach(id -> orphans.add(new Orphan("keeper", id.value())));
        execKeepers.keySet().stream()
                .filter(id -> !state.execs().containsKey(id)
                        || state.execs().get(id).exit().isPresent())
                .forEach(id -> orphans.add(new Orphan("keeper", id.value())));
        return orphans;
    }
}

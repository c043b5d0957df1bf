package dev.stowbook.supervisor.simulation;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Cause;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.event.TransferEvent;
import dev.stowbook.supervisor.loop.EffectSink;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.reconcile.Survey;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Exec;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** A host with a kernel, a disk and keepers, made up. What it holds outlives the daemon; what the kernel holds not the power. */
final class FakeHost implements EffectSink, Survey {
    private static final int CALL_MICROS = 3000;

    private final Random random;
    private final Scheduler scheduler;
    private final MemoryLog log;
    private final Supplier<State> durable;
    private final Keepers keepers;
    private final FakeNetworks networks;
    private final TreeSet<String> kernel = new TreeSet<>();
    private final TreeSet<String> layers = new TreeSet<>();
    private final FakeVolumes volumes = new FakeVolumes();
    private final FakeBuilds builds;
    private final Map<String, ResourceSpec> limits = new TreeMap<>();
    private double failureRate;
    private BiFunction<Command, Long, CompletableFuture<Reply>> loop = (command, sequence) -> new CompletableFuture<>();
    private int adding;

    FakeHost(Random random, Scheduler scheduler, MemoryLog log, double failureRate, Supplier<State> durable) {
        this.random = random;
        this.scheduler = scheduler;
        this.log = log;
        this.failureRate = failureRate;
        this.durable = durable;
        this.networks = new FakeNetworks(random);
        this.builds = new FakeBuilds(random, scheduler);
        this.keepers = new Keepers(random, scheduler, command -> answer(0, command));
    }

    String bootId() {
        return keepers.bootId();
    }

    void connect(BiFunction<Command, Long, CompletableFuture<Reply>> submit) {
        loop = submit;
    }

    void daemonDied() {
        adding = 0;
        loop = (command, sequence) -> new CompletableFuture<>();
    }

    void powerLost() {
        daemonDied();
        kernel.clear();
        volumes.powerLost(durable.get());
        networks.powerLost();
        keepers.powerLost();
    }

    void healed() {
        failureRate = 0;
    }

    /** Puts an image's layers into the store. Nothing is removed from it until {@link #added}. */
    void add(StoredImage image) {
        adding++;
        image.layers().forEach(layer -> layers.add(layer.cacheId()));
    }

    void added() {
        adding = Math.max(0, adding - 1);
    }

    /** Everything that is left but networks and the layers of images; empty when nothing should be. */
    List<String> leftovers(State state) {
        List<String> left = new ArrayList<>(kernel);
        left.addAll(networks.leftovers(state));
        Set<String> known = knownLayers(state);
        layers.stream().filter(layer -> !known.contains(layer)).forEach(layer -> left.add("layer " + layer));
        left.addAll(volumes.leftovers(state));
        keepers.withFiles().forEach(id -> left.add("files of " + id.abbreviated()));
        keepers.execsWithFiles().forEach(id -> left.add("files of exec " + id.abbreviated()));
        return left;
    }

    boolean has(StoredLayer layer) {
        return layers.contains(layer.cacheId());
    }

    @Override
    public void begin(Effect effect, long sequence, Cause cause) {
        Invariants.noKernelCallWithoutAppendedIntent(log, effect, sequence);
        scheduler.daemonSoon(CALL_MICROS, () -> carryOut(effect, sequence));
    }

    /** Some things are told twice. */
    private void answer(long sequence, Command command) {
        for (int times = random.nextInt(50) == 0 ? 2 : 1; times > 0; times--) {
            scheduler.daemonSoon(CALL_MICROS, () -> loop.apply(command, sequence));
        }
    }

    private void carryOut(Effect effect, long sequence) {
        switch (effect) {
            case Effect.RemoveImage e when adding > 0 -> scheduler.daemonSoon(CALL_MICROS, () -> carryOut(e, sequence));
            case Effect.BuildImage e -> builds.begin(
                    e, random.nextDouble() < failureRate, layer -> layers.add(layer.cacheId()), command -> answer(sequence, command));
            case Effect.StepEffect step -> {
                boolean fails = random.nextDouble() < failureRate && !hasThemAlready(step);
                answer(sequence, new Report.CompleteStep(fails ? failed(step) : step(step)));
            }
            case Effect.EnsureNetwork e -> answer(sequence, networks.ensure(e, random.nextDouble() < failureRate));
            case Effect.DropNetwork e -> answer(sequence, networks.drop(e, random.nextDouble() < failureRate));
            case Effect.RepairRules e -> answer(sequence, new Report.ReportRulesRepaired(networks.repair(e)));
            case Effect.Schedule e -> throw new AssertionError("the loop's own: " + e);
            case Effect.PullImage e -> pull(e, sequence);
            case Effect.PushImage e -> answer(sequence, new Report.ReportTransfer(random.nextDouble() < failureRate
                    ? new TransferEvent.PushFailed(e.transfer(), e.reference(), "UNAVAILABLE", "made to fail")
                    : new TransferEvent.ImagePushed(e.transfer(), e.reference(), "sha256:m", e.image().id(), 1, 1)));
            case Effect.ForgetExit e -> keepers.forget(e.container(), e.attempt());
            case Effect.ForgetExecExit e -> keepers.forget(e.exec());
            case Effect.RemoveOrphan e -> {
                removeOrphan(e.kind(), e.name());
                answer(sequence, new Report.ReportOrphanRemoved(e.kind(), e.name(), ""));
            }
        }
    }

    /** Content first, the event second; what an open pull holds is not removed. */
    private void pull(Effect.PullImage e, long sequence) {
        if (random.nextDouble() < failureRate) {
            answer(sequence, new Report.ReportTransfer(new TransferEvent.PullFailed(e.transfer(), e.reference(), "UNAVAILABLE", "made to fail")));
            return;
        }
        StoredImage image = Wishes.image(e.reference());
        add(image);
        answer(sequence, new Report.ReportTransfer(new TransferEvent.ManifestResolved(
                e.transfer(), e.reference(), "sha256:m", "sha256:m", image.id(), List.of("sha256:blob"), 1)));
        scheduler.daemonSoon(CALL_MICROS, () -> {
            loop.apply(
                    new Report.ReportPulled(
                            new TransferEvent.ImagePulled(e.transfer(), e.reference(), "sha256:m", image.id(), 1),
                            new ImageCommand.Arrival(image, List.of(e.reference(), e.reference() + "@sha256:m"), "pull", origins(image))),
                    sequence)
                    .thenAccept(reply -> added()); // what it held is let go of once nothing can take the event away
        });
    }

    private static List<KnownBlob> origins(StoredImage image) {
        return image.layers().stream()
                .map(layer -> new KnownBlob(layer.diffId(), "sha256:blob", 1, "tar", "docker.io/library/" + image.id()))
                .toList();
    }

    /** Somebody else takes every published port away, and the driver notices. */
    void flushRules() {
        if (networks.flush()) {
            answer(0, new Report.ReportRulesFlushed("published ports"));
        }
    }

    /** What the kernel took once it takes again: an update that is taken up after a crash is not refused then. */
    private boolean hasThemAlready(Effect.StepEffect step) {
        return step instanceof Effect.UpdateGroup e && limits(e.pod(), e.container()).equals(Optional.of(e.limits()));
    }

    private void removeOrphan(String kind, String name) {
        kernel.remove(kind + " " + name);
        networks.removeOrphan(kind, name);
        if (kind.equals("layer") && adding == 0 && !knownLayers(durable.get()).contains(name)) {
            layers.remove(name);
        }
        if (kind.equals("container files")) {
            keepers.removeFiles(new ContainerId(name));
        }
        if (kind.equals("control socket")) {
            keepers.forget(new ExecId(name));
        }
    }

    /** Whatever fails may have done its work all the same; but a start that fails has left nothing, and a refused
     * update of limits the old ones. */
    private StepEvent failed(Effect.StepEffect step) {
        if (step instanceof Effect.StartExec e) {
            return new StepEvent.ExecFailed(e.step(), e.exec().id(), e.exec().container(), 126, "made to fail");
        }
        if (step instanceof Effect.RemoveImage e) {
            return new StepEvent.ImageRemovalFailed(e.step(), e.image(), "made to fail");
        }
        if (step instanceof Effect.CreateVolume e && e.pod().isEmpty()) {
            volumes.notMade(e.volume());
            return new StepEvent.VolumePreparationFailed(e.step(), e.volume(), "IO", "made to fail");
        }
        if (step instanceof Effect.RemoveVolume e && e.pod().isEmpty()) {
            if (random.nextBoolean()) {
                step(step);
            }
            return new StepEvent.VolumeRemovalFailed(e.step(), e.volume(), "IO", "made to fail");
        }
        boolean undone = step instanceof Effect.StartProcess || step instanceof Effect.UpdateGroup;
        if (!undone && random.nextBoolean()) {
            step(step);
        }
        String code = step instanceof Effect.JoinEndpoint && random.nextBoolean() ? "IN_USE" : "IO";
        return new StepEvent.StepFailed(step.step(), podOf(step), code, 5, 127, "made to fail", 1);
    }

    private static PodId podOf(Effect.StepEffect step) {
        return switch (step) {
            case Effect.CreateSandbox e -> e.pod();
            case Effect.CreateGroup e -> e.pod();
            case Effect.UpdateGroup e -> e.pod();
            case Effect.JoinEndpoint e -> e.pod();
            case Effect.RouteEndpoint e -> e.joined().pod();
            case Effect.PublishPorts e -> e.pod();
            case Effect.PrepareRootfs e -> e.pod();
            case Effect.StartProcess e -> e.container().pod();
            case Effect.SendSignal e -> e.pod();
            case Effect.Freeze e -> e.pod();
            case Effect.Thaw e -> e.pod();
            case Effect.Kill e -> e.pod();
            case Effect.LeaveEndpoint e -> e.pod();
            case Effect.DestroyGroup e -> e.pod();
            case Effect.RemoveSandbox e -> e.pod();
            case Effect.RemoveRootfs e -> e.pod();
            case Effect.RemoveFiles e -> e.pod();
            case Effect.StartExec e -> e.container().pod();
            case Effect.RemoveImage e -> throw new AssertionError("of no pod");
            case Effect.BuildImage e -> throw new AssertionError("of no pod");
            case Effect.CreateVolume e -> e.pod().orElseThrow();
            case Effect.MountVolume e -> e.pod();
            case Effect.FindHostPath e -> e.pod();
            case Effect.FillVolume e -> e.pod();
            case Effect.UnmountVolume e -> e.pod();
            case Effect.RemoveVolume e -> e.pod().orElseThrow();
        };
    }

    private StepEvent step(Effect.StepEffect step) {
        return switch (step) {
            case Effect.CreateSandbox e -> {
                kernel.add("sandbox " + e.pod());
                yield new StepEvent.SandboxCreated(e.step(), e.pod(), new TreeMap<>(Map.of("net", 4026531840L)), 1);
            }
            case Effect.CreateGroup e -> {
                e.container().ifPresent(container -> need(group(e.pod(), Optional.empty())));
                kernel.add(group(e.pod(), e.container()));
                limits.put(group(e.pod(), e.container()), e.limits());
                yield new StepEvent.CgroupCreated(e.step(), e.pod(), e.container(), new TreeMap<>(), List.of(), 1);
            }
            case Effect.UpdateGroup e -> {
                need(group(e.pod(), e.container()));
                limits.put(group(e.pod(), e.container()), e.limits());
                yield new StepEvent.CgroupUpdated(e.step(), e.pod(), e.container(), new TreeMap<>(), List.of(), 1);
            }
            case Effect.JoinEndpoint e -> {
                need("sandbox " + e.pod());
                yield networks.join(e);
            }
            case Effect.RouteEndpoint e -> networks.route(e);
            case Effect.PublishPorts e -> {
                networks.publish(e);
                yield new StepEvent.PortsPublished(
                        e.step(), e.pod(), e.ports(), Optional.of(keepers.identity()), 1);
            }
            case Effect.PrepareRootfs e -> {
                Invariants.layerIsThere(layers, e.parentLayerId());
                layers.add(e.layerId());
                yield new StepEvent.RootfsPrepared(e.step(), e.pod(), e.container(), List.of("l"), "u", "w", 1);
            }
            case Effect.StartProcess e -> start(e);
            case Effect.SendSignal e -> keepers.signal(e.container())
                    ? new StepEvent.SignalSent(e.step(), e.pod(), e.container(), e.signal(), 1)
                    : new StepEvent.StepFailed(e.step(), e.pod(), "signal", 3, 128, "it has no keeper any more", 1);
            case Effect.Freeze e -> {
                keepers.freeze(e.container());
                yield new StepEvent.ProcessesFrozen(e.step(), e.pod(), e.container(), 1);
            }
            case Effect.Thaw e -> {
                keepers.thaw(e.container());
                yield new StepEvent.ProcessesThawed(e.step(), e.pod(), e.container(), 1);
            }
            case Effect.Kill e -> {
                keepers.kill(e.container());
                yield new StepEvent.ProcessesKilled(e.step(), e.pod(), e.container(), 1, 1);
            }
            case Effect.LeaveEndpoint e -> networks.leave(e);
            case Effect.DestroyGroup e -> {
                e.container().ifPresent(id -> Invariants.nothingRuns(keepers.runs(id), "its group goes: " + id));
                kernel.remove(group(e.pod(), e.container()));
                yield new StepEvent.CgroupDestroyed(e.step(), e.pod(), e.container(), 1);
            }
            case Effect.RemoveSandbox e -> {
                kernel.remove("sandbox " + e.pod());
                yield new StepEvent.SandboxRemoved(e.step(), e.pod(), 1);
            }
            case Effect.RemoveRootfs e -> {
                Invariants.nothingRuns(keepers.runs(e.container()), "its layer goes: " + e.container());
                layers.remove(e.layerId());
                yield new StepEvent.RootfsRemoved(e.step(), e.pod(), e.container(), 1);
            }
            case Effect.RemoveFiles e -> {
                e.containers().forEach(keepers::removeFiles);
                yield new StepEvent.FilesRemoved(e.step(), e.pod(), 1);
            }
            case Effect.StartExec e -> keepers.startExec(e.exec().id(), e.container().id())
                    .<StepEvent>map(started -> new StepEvent.ExecStarted(
                            e.step(), e.exec().id(), e.container().id(), started.process(), started.keeper(), 1))
                    .orElseGet(() -> new StepEvent.ExecFailed(
                            e.step(), e.exec().id(), e.container().id(), 126, "nothing to join"));
            case Effect.RemoveImage e -> removeImage(e);
            case Effect.BuildImage e -> throw new AssertionError("begun elsewhere");
            case Effect.CreateVolume e -> volumes.create(e);
            case Effect.MountVolume e -> volumes.mount(e);
            case Effect.FindHostPath e -> throw new AssertionError("nobody wished for one");
            case Effect.FillVolume e -> volumes.fill(e);
            case Effect.UnmountVolume e -> volumes.unmount(e);
            case Effect.RemoveVolume e -> volumes.remove(e);
        };
    }

    private StepEvent removeImage(Effect.RemoveImage e) {
        if (!durable.get().images().containsKey(e.image())) {
            Set<String> used = new TreeSet<>();
            durable.get().images().values().forEach(i -> i.layers().forEach(layer -> used.add(layer.cacheId())));
            e.layers().stream().map(StoredLayer::cacheId).filter(layer -> !used.contains(layer)).forEach(layers::remove);
        }
        return new StepEvent.ImageRemoved(e.step(), e.image(), 1);
    }

    private StepEvent start(Effect.StartProcess e) {
        need("sandbox " + e.container().pod());
        need(group(e.container().pod(), Optional.of(e.container().id())));
        Invariants.layerIsThere(layers, e.container().layerId());
        volumes.areUsed(e.mounts(), e.container().pod());
        Started started = keepers.start(e.container().id(), e.attempt(), e.generation());
        return new StepEvent.ProcessStarted(
                e.step(), e.container().pod(), e.container().id(), e.attempt(), started.process(), 1, started.keeper(),
                started.namespaces(), List.of(), 1);
    }

    private void need(String object) {
        if (!kernel.contains(object)) {
            throw new AssertionError("needs " + object + ", which is not there");
        }
    }

    private static String group(PodId pod, Optional<ContainerId> container) {
        return "cgroup " + pod + container.map(id -> "/" + id).orElse("");
    }

    @Override
    public Finding container(Container.Definition container, int attempt) {
        return keepers.find(container.id(), attempt);
    }

    @Override
    public void pod(Pod pod) {
        // Nothing is told of groups here: who is killed for memory is a matter of tests on a kernel.
    }

    /** The limits that a group was given last; empty if it is not there. */
    Optional<ResourceSpec> limits(PodId pod, Optional<ContainerId> container) {
        String name = group(pod, container);
        return kernel.contains(name) ? Optional.ofNullable(limits.get(name)) : Optional.empty();
    }

    @Override
    public Finding exec(Exec exec) {
        return keepers.find(exec.id());
    }

    @Override
    public List<Orphan> orphans(State state) {
        List<Orphan> orphans = new ArrayList<>();
        for (String object : kernel) {
            String[] parts = object.split(" ");
            PodId pod = new PodId(parts[1].split("/")[0]);
            if (!(state.pods().containsKey(pod) && state.pod(pod).active())) {
                orphans.add(new Orphan(parts[0], parts[1]));
            }
        }
        networks.orphans(state).forEach(orphan -> orphans.add(new Orphan(orphan[0], orphan[1])));
        Set<String> known = knownLayers(state);
        layers.stream().filter(layer -> !known.contains(layer)).forEach(layer -> orphans.add(new Orphan("layer", layer)));
        keepers.withFiles().stream()
                .filter(id -> !state.containers().containsKey(id))
                .forEach(id -> orphans.add(new Orphan("container files", id.value())));
        keepers.execsWithFiles().stream()
                .filter(id -> !state.execs().containsKey(id))
                .forEach(id -> orphans.add(new Orphan("control socket", id.value())));
        return orphans;
    }

    private static Set<String> knownLayers(State state) {
        Set<String> known = new TreeSet<>();
        state.containers().values().forEach(container -> known.add(container.definition().layerId()));
        state.images().values().forEach(image -> image.layers().forEach(layer -> known.add(layer.cacheId())));
        state.removals().values().forEach(going -> going.forEach(layer -> known.add(layer.cacheId())));
        return known;
    }
}

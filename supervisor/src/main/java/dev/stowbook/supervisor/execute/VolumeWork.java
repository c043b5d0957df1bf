package dev.stowbook.supervisor.execute;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.spi.volume.CreateVolumeRequest;
import dev.stowbook.spi.volume.MountVolumeRequest;
import dev.stowbook.spi.volume.MountedVolume;
import dev.stowbook.spi.volume.VolumeDriver;
import dev.stowbook.spi.volume.VolumeTarget;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.driver.DriverAction;
import dev.stowbook.supervisor.driver.GuardedDriver;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.MountSource;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.StepRef;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.stream.Stream;

/** What volume drivers are asked while volumes and pods come and go. */
final class VolumeWork {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration REMOVE = Duration.ofMinutes(5);

    /** Opens volume drivers by name; blocks. */
    interface Drivers {
        GuardedDriver<VolumeDriver> driver(String name) throws DriverException;
    }

    private final Drivers drivers;
    private final GuardedDriver<GraphDriver> graph;
    private final Workers workers;
    private final Outcomes outcomes;
    private final CopyUp copyUp = new CopyUp(FileCalls.linux());

    /** Pods that start at the same time fill a volume one after the other: each volume has one of these, by its name's hash. */
    private final List<Object> turns = Stream.generate(Object::new).limit(64).toList();

    VolumeWork(Drivers drivers, GuardedDriver<GraphDriver> graph, Workers workers, Outcomes outcomes) {
        this.drivers = drivers;
        this.graph = graph;
        this.workers = workers;
        this.outcomes = outcomes;
    }

    private CompletableFuture<GuardedDriver<VolumeDriver>> driver(String name) {
        return workers.call(() -> drivers.driver(name));
    }

    private CompletableFuture<Void> run(
            String driver, String operation, String volume, Duration deadline, DriverAction<VolumeDriver> action) {
        return driver(driver).thenCompose(guarded -> guarded.run(operation, volume, deadline, action));
    }

    void create(Effect.CreateVolume effect, Outcomes.Origin origin) {
        CreateVolumeRequest request = new CreateVolumeRequest(
                effect.volume(), effect.options(), effect.sizeLimitBytes(), effect.step().toString());
        tell(effect.step(), effect.pod(), effect.driver(), origin,
                run(effect.driver(), "create", effect.volume(), SOON, driver -> driver.create(request)),
                micros -> new StepEvent.VolumePrepared(effect.step(), effect.pod(), effect.volume(), micros),
                failure -> new StepEvent.VolumePreparationFailed(effect.step(), effect.volume(), failure.code(), failure.message()));
    }

    void remove(Effect.RemoveVolume effect, Outcomes.Origin origin) {
        VolumeTarget target = new VolumeTarget(effect.volume(), effect.step().toString());
        tell(effect.step(), effect.pod(), effect.driver(), origin,
                run(effect.driver(), "remove", effect.volume(), REMOVE, driver -> driver.remove(target)),
                micros -> new StepEvent.VolumeRemoved(effect.step(), effect.pod(), effect.volume(), micros),
                failure -> new StepEvent.VolumeRemovalFailed(effect.step(), effect.volume(), failure.code(), failure.message()));
    }

    /** Without a pod there is nobody who tries again: a failure is an end, and told by an event of its own. */
    private void tell(
            StepRef step,
            Optional<PodId> pod,
            String who,
            Outcomes.Origin origin,
            CompletableFuture<Void> work,
            LongFunction<StepEvent> success,
            Function<StepEvent.StepFailed, StepEvent> alone) {
        if (pod.isPresent()) {
            outcomes.step(step, pod.get(), who, origin, work, nothing -> success);
            return;
        }
        long begun = System.nanoTime();
        work.whenComplete((nothing, failure) -> {
            long micros = (System.nanoTime() - begun) / 1000;
            StepEvent outcome = failure == null
                    ? success.apply(micros)
                    : alone.apply(Outcomes.failed(step, new PodId(""), Outcomes.cause(failure), micros));
            outcomes.report(new Report.CompleteStep(outcome), Actor.Kind.DRIVER, who, origin);
        });
    }

    void mount(Effect.MountVolume effect, Outcomes.Origin origin) {
        MountVolumeRequest request = use(effect.volume(), effect.pod(), effect.step());
        CompletableFuture<MountedVolume> work = driver(effect.driver())
                .thenCompose(guarded -> mount(guarded, request));
        outcomes.step(effect.step(), effect.pod(), effect.driver(), origin, work, mounted -> micros -> new StepEvent.VolumeMounted(
                effect.step(), effect.pod(), effect.key(), Optional.of(effect.volume()),
                new MountSource(mounted.source().toString(), mounted.readOnly()), micros));
    }

    /** Where the outcome is unknown, it is looked up as soon as the driver is done with it. */
    private static CompletableFuture<MountedVolume> mount(GuardedDriver<VolumeDriver> guarded, MountVolumeRequest request) {
        CompletableFuture<MountedVolume> mounted = guarded.call("mount", request.volume(), SOON,
                driver -> MountAnswer.checked(guarded.name(), request.volume(), driver.mount(request)));
        mounted.whenComplete((source, failure) -> {
            if (failure instanceof DriverException e && e.code() == DriverErrorCode.UNKNOWN) {
                MountAnswer.inspectLate(guarded, request);
            }
        });
        return mounted;
    }

    void find(Effect.FindHostPath effect, Outcomes.Origin origin) {
        outcomes.step(effect.step(), effect.pod(), "daemon", origin, workers.call(() -> HostPaths.find(effect.path())),
                source -> micros -> new StepEvent.VolumeMounted(
                        effect.step(), effect.pod(), effect.key(), Optional.empty(), source, micros));
    }

    void unmount(Effect.UnmountVolume effect, Outcomes.Origin origin) {
        MountVolumeRequest request = use(effect.volume(), effect.pod(), effect.step());
        outcomes.step(effect.step(), effect.pod(), effect.driver(), origin,
                run(effect.driver(), "unmount", effect.volume(), SOON, driver -> driver.unmount(request)),
                nothing -> micros -> new StepEvent.VolumeUnmounted(
                        effect.step(), effect.pod(), effect.key(), effect.volume(), micros));
    }

    private static MountVolumeRequest use(String volume, PodId pod, StepRef step) {
        return new MountVolumeRequest(volume, pod.value(), step.toString());
    }

    void fill(Effect.FillVolume effect, Outcomes.Origin origin) {
        Path volume = Path.of(effect.source().path());
        CompletableFuture<Long> work = workers.call(() -> !effect.imageLayerId().isEmpty() && copyUp.wanted(volume))
                .thenCompose(wanted -> wanted ? copy(effect, volume) : CompletableFuture.completedFuture(0L));
        outcomes.step(effect.step(), effect.pod(), "daemon", origin, work, files -> micros -> new StepEvent.VolumeFilled(
                effect.step(), effect.pod(), effect.container(), effect.volume(), effect.path(), files, micros));
    }

    private CompletableFuture<Long> copy(Effect.FillVolume effect, Path volume) {
        LayerTarget layer = new LayerTarget(effect.imageLayerId(), effect.step().toString());
        return graph.call("view", layer.layerId(), SOON, driver -> driver.view(layer)).thenCompose(view -> workers.call(() -> {
            try (Fd image = Fd.own(view.mountFd())) {
                synchronized (turns.get(Math.floorMod(effect.volume().hashCode(), turns.size()))) {
                    return copyUp.fill(image, effect.path(), volume);
                }
            }
        }));
    }

    CompletableFuture<Void> removeOrphan(String volume, String driver) {
        return run(driver, "remove", volume, REMOVE, opened -> opened.remove(new VolumeTarget(volume, "orphan")));
    }
}

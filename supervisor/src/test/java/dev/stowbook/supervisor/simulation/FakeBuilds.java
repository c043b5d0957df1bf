package dev.stowbook.supervisor.simulation;

import dev.stowbook.supervisor.command.BuildCommand;
import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.BuildSpec;
import dev.stowbook.supervisor.model.ImageRun;
import dev.stowbook.supervisor.model.StepSpec;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Builds that make a layer a step, one step after the other; they end with the daemon, and what they made stays on the disk. */
final class FakeBuilds {
    private static final int STEP_MICROS = 20_000;

    private final Random random;
    private final Scheduler scheduler;

    FakeBuilds(Random random, Scheduler scheduler) {
        this.random = random;
        this.scheduler = scheduler;
    }

    static Command wish(Random random) {
        return new BuildCommand.BuildImage(
                new BuildId("%016x".formatted(random.nextLong())),
                new BuildSpec(
                        "Dockerfile", Optional.empty(), List.of("built:" + random.nextInt(2)), List.of(), new TreeMap<>(), true, false, Optional.empty(), StepSpec.defaults()));
    }

    /** @param layers takes each layer when it is on the disk */
    void begin(Effect.BuildImage effect, boolean fails, Consumer<StoredLayer> layers, Consumer<Command> loop) {
        step(effect, 1, 1 + random.nextInt(3), fails, Optional.empty(), layers, loop);
    }

    private void step(
            Effect.BuildImage effect, int number, int total, boolean fails, Optional<StoredImage> parent, Consumer<StoredLayer> layers,
            Consumer<Command> loop) {
        loop.accept(new BuildCommand.BeginBuildStep(effect.build(), number, total, number, "STEP " + number));
        scheduler.daemonSoon(STEP_MICROS, () -> {
            if (fails && number == total) {
                loop.accept(new Report.CompleteStep(
                        new StepEvent.BuildFailed(effect.step(), effect.build(), number, "INVALID", "made to fail", 1)));
                return;
            }
            StoredImage made = image(parent);
            layers.accept(made.layers().getLast());
            loop.accept(new BuildCommand.CompleteBuildStep(
                    effect.build(), number, "STEP " + number, made.id(),
                    Optional.of(new ImageCommand.Arrival(made, List.of(), "build")),
                    parent.map(StoredImage::id), Optional.of(made.layers().getLast().diffId()), "key of " + made.id(), false, 1));
            scheduler.daemonSoon(STEP_MICROS, () -> {
                if (number < total) {
                    step(effect, number + 1, total, fails, Optional.of(made), layers, loop);
                } else {
                    loop.accept(new Report.CompleteStep(new StepEvent.BuildFinished(effect.step(), effect.build(), made.id(), 1)));
                }
            });
        });
    }

    /** Of one layer of its own: who holds what a build stands on is the store's business. */
    private StoredImage image(Optional<StoredImage> parent) {
        String hex = "%016x".formatted(random.nextLong()).repeat(4);
        StoredLayer layer = new StoredLayer("sha256:" + hex, "sha256:" + hex, hex, 1);
        ImageRun run = parent.map(StoredImage::run).orElseGet(() -> new ImageRun(
                List.of(), List.of(), List.of("/bin/sh"), Optional.empty(), Optional.empty(), Optional.empty(), List.of(), List.of(), new TreeMap<>()));
        return new StoredImage("sha256:" + hex, List.of(layer), run, "amd64", "linux", Instant.EPOCH);
    }
}

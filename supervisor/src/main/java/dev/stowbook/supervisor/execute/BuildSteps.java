package dev.stowbook.supervisor.execute;

import dev.stowbook.linux.Fd;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.supervisor.build.BuildException;
import dev.stowbook.supervisor.build.BuildHost;
import dev.stowbook.supervisor.build.LayerFile;
import dev.stowbook.supervisor.command.BuildCommand;
import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.decide.Images;
import dev.stowbook.supervisor.driver.DriverCall;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.image.Arrivals;
import dev.stowbook.supervisor.image.ChainId;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.ImageException;
import dev.stowbook.supervisor.image.LayerBlob;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StepSpec;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What one build does on this host: its images go into the store and into the book, its commands into containers. */
final class BuildSteps implements BuildHost, AutoCloseable {
    private static final Duration DRIVER = Duration.ofMinutes(5);

    private final BuildWork.Parts parts;
    private final BuildId build;
    private final StepSpec how;
    private final BuildSession session;
    private final Outcomes.Origin origin;
    /** Holds what the build stands on, whoever removes it meanwhile. */
    private final Arrivals base;
    private long stepBegun;

    BuildSteps(BuildWork.Parts parts, BuildId build, StepSpec how, BuildSession session, Outcomes.Origin origin) {
        this.parts = parts;
        this.build = build;
        this.how = how;
        this.session = session;
        this.origin = origin;
        this.base = parts.store().begin();
    }

    Reply.Granted ask(Command command) throws BuildException {
        try {
            return switch (parts.asker().ask(command, Actor.daemon("builder"), origin.sequence(), origin.cause().request()).get()) {
                case Reply.Granted granted -> granted;
                case Reply.Refused(ErrorCode code, String message) -> throw new BuildException(code, message);
            };
        } catch (ExecutionException e) {
            throw new BuildException(ErrorCode.INTERNAL, "the daemon failed: " + e.getCause(), e);
        } catch (InterruptedException e) {
            throw ending(e);
        }
    }

    <T> T driver(String verb, String layer, DriverCall<? super GraphDriver, T> call) throws BuildException {
        try {
            return parts.graph().call(verb, layer, DRIVER, call).join();
        } catch (CompletionException e) {
            Throwable cause = Outcomes.cause(e);
            throw new BuildException(
                    cause instanceof DriverException d && d.code() == DriverErrorCode.NO_SPACE ? ErrorCode.DISK_FULL : ErrorCode.INTERNAL,
                    "the graph driver failed: " + cause.getMessage(), e);
        }
    }

    LayerTarget target(String layer) {
        return new LayerTarget(layer, "build/" + build);
    }

    private Image image(StoredImage stored) throws BuildException {
        try {
            for (StoredLayer layer : stored.layers()) {
                if (base.find(new ChainId(Digest.parse(layer.chainId()))).isEmpty()) {
                    throw new BuildException(ErrorCode.CONFLICT, "the image " + stored.id() + " is not whole: remove it, and load or pull it again");
                }
            }
            byte[] config = parts.store().configuration(Digest.parse(stored.id()))
                    .orElseThrow(() -> new BuildException(ErrorCode.CONFLICT, "the image " + stored.id() + " has no configuration: load or pull it again"));
            return new Image(stored.id(), config, stored.layers().isEmpty() ? Optional.empty() : Optional.of(stored.layers().getLast().cacheId()));
        } catch (ImageException e) {
            throw new BuildException(e.code(), String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public Image find(String reference, Platform platform, boolean pull) throws BuildException {
        if (pull || Images.find(parts.newest().get(), reference).isEmpty()) {
            try {
                parts.net().pull(reference, platform, session);
                check();
            } catch (IllegalArgumentException e) {
                throw new BuildException(ErrorCode.INVALID, String.valueOf(e.getMessage()), e);
            }
        }
        StoredImage stored = Images.find(parts.newest().get(), reference).orElseThrow(() -> new BuildException(
                ErrorCode.NOT_FOUND, "there is no image " + reference + ": load, import or pull it first"));
        if (!stored.os().equals(platform.os()) || !stored.architecture().equals(platform.architecture())) {
            throw new BuildException(ErrorCode.INVALID, "the image " + reference + " is for " + stored.os() + "/" + stored.architecture()
                    + ", but " + platform + " is built: pull the image for that platform, or build with --platform");
        }
        return image(stored);
    }

    @Override
    public Fetched fetch(URI address, OutputStream to) throws BuildException, IOException {
        Interruption interruption = new Interruption();
        session.onCancel(interruption::now);
        try {
            return parts.net().fetch(address, to);
        } catch (InterruptedException e) {
            check();
            throw ending(e);
        } catch (IOException e) {
            check(); // an interruption closes what it meets
            throw e;
        } finally {
            interruption.close();
        }
    }

    private static BuildException ending(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new BuildException(ErrorCode.UNAVAILABLE, "the daemon is ending: build again when it is back", e);
    }

    @Override
    public Optional<Image> cached(String key) throws BuildException {
        String id = parts.newest().get().builds().cache().get(key);
        StoredImage stored = id == null ? null : parts.newest().get().images().get(id);
        if (stored == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(image(stored));
        } catch (BuildException e) {
            if (e.code() == ErrorCode.CONFLICT) {
                return Optional.empty(); // not whole any more: the step is taken again
            }
            throw e;
        }
    }

    @Override
    public Fd view(Image image) throws BuildException {
        String layer = image.topLayer().orElseThrow();
        return Fd.own(driver("view", layer, driver -> driver.view(target(layer))).mountFd());
    }

    @Override
    public void begins(Step step) throws BuildException {
        stepBegun = System.nanoTime();
        session.listener().step(step.number(), step.total(), step.text());
        ask(new BuildCommand.BeginBuildStep(build, step.number(), step.total(), step.line(), step.text()));
    }

    private long micros() {
        return (System.nanoTime() - stepBegun) / 1000;
    }

    @Override
    public void found(Step step, Image image, boolean cached) throws BuildException {
        complete(step, image.id(), Optional.empty(), Optional.empty(), Optional.empty(), "", cached);
    }

    private void complete(
            Step step, String image, Optional<ImageCommand.Arrival> made, Optional<String> parent, Optional<String> layer, String key, boolean cached)
            throws BuildException {
        long micros = micros();
        ask(new BuildCommand.CompleteBuildStep(build, step.number(), step.text(), image, made, parent, layer, key, cached, micros));
        session.listener().done(step.number(), image, cached, micros);
    }

    @Override
    public Image made(Step step, String key, byte[] config, Optional<LayerFile> layer, Optional<Image> parent) throws BuildException {
        try (Arrivals arrivals = parts.store().begin()) {
            Optional<StoredLayer> below = below(arrivals, parent);
            if (layer.isPresent()) {
                LayerFile file = layer.get();
                LayerBlob blob = new LayerBlob("of step " + step.number(), Optional.empty(), Optional.empty(), file::input);
                arrivals.take(blob, file.diffId(), below, (diffId, state, bytes) -> {});
            }
            StoredImage stored = arrivals.add(config, List.of());
            complete(
                    step, stored.id(), Optional.of(new ImageCommand.Arrival(stored, List.of(), "build")), parent.map(Image::id),
                    layer.map(file -> file.diffId().toString()), key, false);
            arrivals.registered();
            return image(stored);
        } catch (ImageException e) {
            throw new BuildException(e.code(), String.valueOf(e.getMessage()), e);
        }
    }

    private Optional<StoredLayer> below(Arrivals arrivals, Optional<Image> parent) throws ImageException, BuildException {
        Optional<StoredLayer> below = Optional.empty();
        if (parent.isPresent()) {
            StoredImage image = Optional.ofNullable(parts.newest().get().images().get(parent.get().id())).orElseThrow(() -> new BuildException(
                    ErrorCode.CONFLICT, "the image " + parent.get().id() + " was removed while it was built on: build again"));
            for (StoredLayer each : image.layers()) {
                below = arrivals.find(new ChainId(Digest.parse(each.chainId())));
            }
        }
        return below;
    }

    @Override
    public int run(Step step, Image image, BuildHost.RunCommand command, LayerFile changes) throws BuildException {
        return new StepContainer(this, parts, build, how, session).run(step, image, command, changes);
    }

    @Override
    public void warn(String sentence) {
        session.listener().warning(sentence);
    }

    @Override
    public void check() throws BuildException {
        if (session.isUnwanted()) {
            throw new BuildException(ErrorCode.UNAVAILABLE, "the client went away: the build was broken off");
        }
    }

    @Override
    public void close() {
        base.close();
    }
}

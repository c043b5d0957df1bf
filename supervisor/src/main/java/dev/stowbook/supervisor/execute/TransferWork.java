package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.TransferEvent;
import dev.stowbook.supervisor.image.Arrivals;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.ImageException;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.registry.Downloads;
import dev.stowbook.supervisor.registry.Platforms;
import dev.stowbook.supervisor.registry.RegistryException;
import dev.stowbook.supervisor.registry.Repository;
import dev.stowbook.supervisor.registry.Transfers;
import dev.stowbook.supervisor.state.State;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Pulls and pushes. Each has a thread of its own, a few at a time; what they come to goes to the loop first and to who asked second. */
final class TransferWork implements AutoCloseable {
    private static final int AT_A_TIME = 8;

    private final Host.ImageParts images;
    private final Supplier<State> newest;
    private final Host.Submitter submitter;
    private final ExecutorService transfers =
            Executors.newFixedThreadPool(AT_A_TIME, Thread.ofPlatform().daemon().name("transfer-", 0).factory());
    private final ExecutorService layers = Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("layer-", 0).factory());
    private final Downloads downloads;

    /** @param newest the newest durable state */
    TransferWork(Host.ImageParts images, Path tmp, Supplier<State> newest, Host.Submitter submitter) {
        this.images = images;
        this.newest = newest;
        this.submitter = submitter;
        this.downloads = new Downloads(tmp, layers);
    }

    /** A transfer that is carried out. */
    private interface Work {
        Transfers.Result run(Transfers.Transfer client, Interruption interruption) throws RegistryException, ImageException;
    }

    /** Something to tell the loop. */
    private record Line(Host.Submitter submitter, Outcomes.Origin origin) {
        CompletableFuture<Reply> tell(Command command) {
            Actor actor = new Actor(Actor.Kind.DRIVER, "registry", OptionalInt.empty(), OptionalInt.empty());
            return submitter.submit(command, actor, origin.sequence(), origin.cause().request());
        }
    }

    void pull(Effect.PullImage effect, Outcomes.Origin origin) {
        Line line = new Line(submitter, origin);
        carryOut(effect.reference(), origin, (client, interruption) -> pull(effect, client, interruption, line),
                (code, message) -> line.tell(new Report.ReportTransfer(
                        new TransferEvent.PullFailed(effect.transfer(), effect.reference(), code, message))));
    }

    void push(Effect.PushImage effect, Outcomes.Origin origin) {
        Line line = new Line(submitter, origin);
        carryOut(effect.reference(), origin, (client, interruption) -> push(effect, client, line),
                (code, message) -> line.tell(new Report.ReportTransfer(
                        new TransferEvent.PushFailed(effect.transfer(), effect.reference(), code, message))));
    }

    private interface Failed {
        CompletableFuture<Reply> tell(String code, String message);
    }

    private void carryOut(String reference, Outcomes.Origin origin, Work work, Failed failed) {
        Transfers.Transfer client = images.transfers().take(origin.cause().request(), reference);
        transfers.execute(() -> {
            RegistryException failure;
            try (Interruption interruption = new Interruption()) {
                client.onCancel(interruption::now);
                if (client.isCancelled()) {
                    throw new RegistryException(ErrorCode.UNAVAILABLE, "whoever asked for it has gone away");
                }
                client.result().complete(work.run(client, interruption));
                return;
            } catch (RegistryException e) {
                failure = e;
            } catch (ImageException e) {
                failure = new RegistryException(e.code(), e.getMessage(), e);
            } catch (RuntimeException | Error e) {
                failure = new RegistryException(ErrorCode.INTERNAL, "the daemon failed: " + e, e);
            }
            RegistryException why = failure;
            failed.tell(why.code().name(), String.valueOf(why.getMessage()))
                    .whenComplete((reply, lost) -> client.result().completeExceptionally(why));
        });
    }

    private Transfers.Result pull(Effect.PullImage effect, Transfers.Transfer client, Interruption interruption, Line line)
            throws RegistryException, ImageException {
        long begun = System.nanoTime();
        ImageReference reference = ImageReference.parse(effect.reference());
        Platform platform = Platforms.parse(effect.platform());
        Repository repository = images.registries().pulling(reference, client.credential());
        Consumer<TransferEvent> news = event -> line.tell(new Report.ReportTransfer(event));
        try (Arrivals arrivals = images.store().begin();
                Interruption until = interruption) {
            ImagePull.Pulled pulled = new ImagePull(
                            effect.transfer(), reference, platform, effect.manifest().map(Digest::parse), repository, images.gate(), downloads, images.registries().settings().parallelDownloads(), client, news)
                    .run(arrivals);
            String digest = pulled.digest().toString();
            ImageCommand.Arrival arrival = new ImageCommand.Arrival(
                    pulled.image(), pulled.names().stream().map(ImageReference::toString).toList(), "pull", pulled.origins());
            line.tell(new Report.ReportPulled(
                            new TransferEvent.ImagePulled(
                                    effect.transfer(), effect.reference(), digest, pulled.image().id(), (System.nanoTime() - begun) / 1000),
                            arrival))
                    .join();
            if (!newest.get().images().containsKey(pulled.image().id())) {
                throw new RegistryException(ErrorCode.CONFLICT, effect.reference() + " was removed while it was pulled: pull it again");
            }
            arrivals.registered();
            return new Transfers.Result(pulled.image().id(), digest, pulled.warnings());
        }
    }

    private Transfers.Result push(Effect.PushImage effect, Transfers.Transfer client, Line line) throws RegistryException, ImageException {
        long begun = System.nanoTime();
        ImageReference reference = ImageReference.parse(effect.reference());
        ImagePush.Pushed pushed = new ImagePush(images.store(), images.registries(), reference, effect.image(), effect.known(), client).run();
        line.tell(new Report.ReportTransfer(new TransferEvent.ImagePushed(
                        effect.transfer(), effect.reference(), pushed.digest().toString(), effect.image().id(), pushed.sentBytes(),
                        (System.nanoTime() - begun) / 1000), pushed.layers()))
                .join();
        return new Transfers.Result(effect.image().id(), pushed.digest().toString(), List.of());
    }

    @Override
    public void close() {
        transfers.shutdownNow();
        layers.shutdownNow();
    }
}

package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.keeper.KeeperConnection;
import dev.stowbook.supervisor.keeper.KeeperListener;
import dev.stowbook.supervisor.keeper.KeeperMessage;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.reconcile.Survey;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Hears one keeper from its first word to its last. A process that ends at once is heard to end while its start is still on its way to
 * the loop, on another thread: the end waits for that.
 */
final class KeeperWatch implements KeeperListener {
    /** Told what becomes of the process. Reactor thread. */
    interface Ends {
        void exited(ExitStatus exit, long droppedBytes);

        void outputDropped(long bytes);

        void lost();
    }

    private final CompletableFuture<Survey.Started> started = new CompletableFuture<>();
    private final Ends ends;
    private final CompletableFuture<?> startTold;
    private Optional<KeeperMessage.Hello> hello = Optional.empty();
    private boolean over;

    /** @param startTold completes when the loop has been told of the start; before that it is told of nothing else */
    KeeperWatch(Ends ends, CompletableFuture<?> startTold) {
        this.ends = ends;
        this.startTold = startTold;
    }

    /** Completes with what was started, or with {@link StartFailure}. */
    CompletableFuture<Survey.Started> started() {
        return started;
    }

    @Override
    public void message(KeeperConnection from, KeeperMessage message) {
        switch (message) {
            case KeeperMessage.Hello first -> hello = Optional.of(first);
            case KeeperMessage.Started begun -> started.complete(new Survey.Started(
                    Identities.model(begun.process()),
                    begun.insidePid(),
                    Identities.model(hello.orElseThrow().keeper()),
                    begun.namespaceInodes(),
                    Clamps.sentences(begun.clamps())));
            case KeeperMessage.StartFailed failed -> {
                over = true;
                started.completeExceptionally(
                        new StartFailure(failed.step(), failed.errno(), failed.exitCode(), failed.describe()));
            }
            case KeeperMessage.Exited exited -> {
                over = true;
                startTold.thenRun(() -> ends.exited(status(exited), exited.droppedBytes()));
            }
            case KeeperMessage.OutputDropped dropped -> startTold.thenRun(() -> ends.outputDropped(dropped.bytes()));
            default -> {
                // answers to requests of others, and output, which nobody attached to here
            }
        }
    }

    @Override
    public void closed(KeeperConnection connection, Optional<Exception> reason) {
        if (over) {
            return;
        }
        over = true;
        if (!started.completeExceptionally(new StartFailure(
                "keeper", 0, 128, "its keeper ended without a word" + reason.map(r -> ": " + r.getMessage()).orElse("")))) {
            startTold.thenRun(ends::lost);
        }
    }

    static ExitStatus status(KeeperMessage.Exited exited) {
        return new ExitStatus(
                exited.signal().isPresent() ? ExitStatus.Kind.SIGNALLED : ExitStatus.Kind.EXITED,
                exited.code(),
                exited.signal(),
                exited.at().truncatedTo(java.time.temporal.ChronoUnit.MICROS),
                false,
                "");
    }
}

package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.build.BuildException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;

/** A build as the one who asked for it has it: what is not in the book. Any thread. */
public final class BuildSession {

    /** How it ended: with an image, or with a failure. */
    public sealed interface End {
        /** The image. */
        record Built(String image) implements End {}

        /** Why there is none. */
        record Failed(BuildException why) implements End {}
    }

    private final Path context;
    private final SortedMap<String, String> arguments;
    private final BuildListener listener;
    private final CompletableFuture<Void> unwanted = new CompletableFuture<>();
    private volatile Optional<End> end = Optional.empty();

    BuildSession(Path context, SortedMap<String, String> arguments, BuildListener listener) {
        this.context = context;
        this.arguments = arguments;
        this.listener = listener;
    }

    Path context() {
        return context;
    }

    SortedMap<String, String> arguments() {
        return arguments;
    }

    public BuildListener listener() {
        return listener;
    }

    /** Nobody waits for it any more: it is broken off. */
    public void cancel() {
        unwanted.complete(null);
    }

    boolean isUnwanted() {
        return unwanted.isDone();
    }

    /** Has something done as soon as nobody waits for it any more. */
    public void onCancel(Runnable action) {
        unwanted.thenRun(action);
    }

    void ended(End how) {
        end = Optional.of(how);
    }

    /** How it ended; empty while it runs. */
    public Optional<End> end() {
        return end;
    }
}

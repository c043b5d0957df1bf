package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.build.BuildException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;

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
    private volatile boolean unwanted;
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

    BuildListener listener() {
        return listener;
    }

    /** Nobody waits for it any more: it is broken off. */
    public void cancel() {
        unwanted = true;
    }

    boolean isUnwanted() {
        return unwanted;
    }

    void ended(End how) {
        end = Optional.of(how);
    }

    /** How it ended; empty while it runs. */
    public Optional<End> end() {
        return end;
    }
}

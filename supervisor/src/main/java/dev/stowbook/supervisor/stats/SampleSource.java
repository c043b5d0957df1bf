package dev.stowbook.supervisor.stats;

import dev.stowbook.supervisor.state.Container;
import java.util.concurrent.CompletableFuture;

/** Reads what a container has used. */
public interface SampleSource {

    /**
     * Reads now. Any thread; does not block.
     *
     * @param container one that runs
     * @return completes exceptionally if it ended meanwhile or its driver failed
     */
    CompletableFuture<Sample> read(Container container);
}

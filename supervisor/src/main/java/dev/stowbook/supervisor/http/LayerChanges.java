package dev.stowbook.supervisor.http;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Tells what a container changed in its root file system. Any thread; nothing blocks. */
public interface LayerChanges {

    /**
     * Looks at a writable layer as it is now.
     *
     * @return sorted by path; completes exceptionally with {@link dev.stowbook.spi.DriverException} if it cannot be read
     */
    CompletableFuture<List<Changed>> of(String layerId);

    /**
     * A path that differs from the image's.
     *
     * @param kind {@code added}, {@code modified} or {@code deleted}
     * @param path absolute in the container
     */
    record Changed(String kind, String path) {}
}

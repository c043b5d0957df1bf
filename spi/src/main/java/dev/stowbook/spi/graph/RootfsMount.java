package dev.stowbook.spi.graph;

import java.nio.file.Path;
import java.util.List;

/** How the keeper makes a container's root file system. All paths are absolute, on the host, and exist. */
public sealed interface RootfsMount {

    /**
     * An overlay (overlayfs.rst).
     *
     * @param lower the lower directories, topmost first; 1 to 500
     * @param upper the writable directory
     * @param work the work directory, empty, on the same file system as {@code upper}
     */
    record Overlay(List<Path> lower, Path upper, Path work) implements RootfsMount {
        public Overlay {
            lower = List.copyOf(lower);
        }
    }

    /**
     * A directory, bind-mounted.
     *
     * @param directory the merged tree itself
     */
    record Directory(Path directory) implements RootfsMount {}
}

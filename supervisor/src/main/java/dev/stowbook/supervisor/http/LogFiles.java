package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.model.ContainerId;
import java.nio.file.Path;

/** Where the output of containers lies. */
@FunctionalInterface
public interface LogFiles {

    /** The newest log file of a container; older ones have {@code .1}, {@code .2} and so on behind its name. */
    Path newest(ContainerId container);
}

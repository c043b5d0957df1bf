package dev.stowbook.supervisor.keeper;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.process.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The process that holds a pod's published ports. It outlives the daemon; its identity is in the file {@code ports} of the pod's
 * directory.
 *
 * @param process which process it is
 */
public record PortHolder(ProcessIdentity process) {
    private static final String FILE = "ports";

    /** The holder that was started for a pod; empty if there never was one. It may have ended: ask its identity. */
    public static Optional<PortHolder> find(Path podDirectory) throws IOException {
        return IdentityFile.read(podDirectory.resolve(FILE)).map(PortHolder::new);
    }

    /** Ends a pod's holder, which frees the ports, and takes its file away. Idempotent. */
    public static void release(Path podDirectory) throws IOException, LinuxException {
        IdentityFile.end(podDirectory.resolve(FILE));
    }
}

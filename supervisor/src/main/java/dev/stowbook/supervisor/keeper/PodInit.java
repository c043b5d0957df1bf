package dev.stowbook.supervisor.keeper;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.process.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Process 1 of the pid namespace that the containers of a pod share: a pid namespace, unlike others, ends with its first process. It
 * outlives the daemon; its identity is in the file {@code init} of the pod's directory.
 *
 * @param process which process it is
 * @param namespaceInode of its pid namespace
 */
public record PodInit(ProcessIdentity process, long namespaceInode) {
    private static final String FILE = "init";

    /** Ends a pod's init and with it whatever is left in its pid namespace. Idempotent. */
    static void release(Path podDirectory) throws IOException, LinuxException {
        IdentityFile.end(podDirectory.resolve(FILE));
    }
}

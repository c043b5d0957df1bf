package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * Files in containers, running or not, as they look from inside. No path leaves the container, whatever links are in it, and nothing of it is
 * run. Blocks: worker threads.
 */
public interface ContainerFiles {

    /**
     * What a path names.
     *
     * @param name its last component, or {@code .} where that says nothing
     * @param path where it lies, all links resolved
     * @param type {@code file}, {@code directory}, {@code symlink}, {@code device}, {@code pipe} or {@code socket}
     * @param permissions the low twelve bits of its mode
     * @param linkTarget of a symbolic link
     */
    record Found(String name, String path, String type, int permissions, long sizeBytes, Instant modifiedAt, Optional<String> linkTarget) {}

    /**
     * Looks a path up.
     *
     * @param follow whether a symbolic link at its end is followed
     */
    Found find(ContainerId container, String path, boolean follow) throws Refused, IOException;

    /** Writes what a path names, with all below it, as a tar whose first entry has its name. */
    void read(ContainerId container, String path, boolean follow, OutputStream out) throws Refused, IOException;

    /** What was copied in; with a failure, what was before it. */
    record Copied(String path, long entries, long bytes, Optional<Refused> failure) {}

    /**
     * Unpacks a tar into a directory.
     *
     * @param path of a directory that is there
     * @param keepOwners whether files belong to whom the tar says; otherwise to root
     * @throws Refused if nothing was copied
     */
    Copied write(ContainerId container, String path, boolean keepOwners, Path tar) throws Refused, IOException;

    /** It cannot be done; the message says why and what to do. */
    final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        private final ErrorCode code;

        public Refused(ErrorCode code, String message) {
            super(message);
            this.code = code;
        }

        /** What kind of refusal. */
        public ErrorCode code() {
            return code;
        }
    }
}

package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.PodId;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Where the daemon keeps its files.
 *
 * @param root survives a reboot: {@code /var/lib/stowbook}
 * @param run does not: {@code /run/stowbook}
 */
public record Directories(Path root, Path run) {

    /** What a container has beside its layers: logs, exit status, hosts, resolv.conf, hostname. */
    public Path container(ContainerId id) {
        return root.resolve("containers").resolve(id.value());
    }

    /** The log files of a container, the newest is {@code 0.log}. */
    public Path logs(ContainerId id) {
        return container(id).resolve("log");
    }

    /** What a process started by exec leaves behind. */
    public Path exec(ContainerId container, ExecId id) {
        return container(container).resolve("exec").resolve(id.value());
    }

    /**
     * Makes the directory of a process that exec starts, in that of its container, which may be removed at any moment and is not made anew.
     *
     * @throws NoSuchFileException if the container's has been removed
     */
    Path makeExec(ContainerId container, ExecId id) throws IOException {
        Path directory = exec(container, id);
        for (Path each : List.of(directory.getParent(), directory)) {
            try {
                Files.createDirectory(each);
            } catch (FileAlreadyExistsException e) {
                // an earlier exec made it
            }
        }
        return directory;
    }

    /** Sandboxes that wait for a pod. */
    public Path ready() {
        return run.resolve("ready");
    }

    /** The namespace files of a pod. */
    public Path pod(PodId id) {
        return run.resolve("pods").resolve(id.value());
    }

    /** A file that holds a kind of namespace of a pod: {@code net}, {@code ipc}, {@code uts}. */
    public Path namespace(PodId id, String kind) {
        return pod(id).resolve(kind);
    }

    /** Control sockets of keepers. */
    public Path keepers() {
        return run.resolve("keepers");
    }

    /** The content store. */
    public Path image() {
        return root.resolve("image");
    }

    /** Files on their way; emptied at start. */
    public Path tmp() {
        return root.resolve("tmp");
    }
}

package dev.stowbook.supervisor.keeper;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.process.PidFd;
import dev.stowbook.linux.process.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
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
        Map<String, String> lines = new HashMap<>();
        try {
            for (String line : Files.readAllLines(podDirectory.resolve(FILE))) {
                int equals = line.indexOf('=');
                lines.put(line.substring(0, Math.max(0, equals)), line.substring(equals + 1));
            }
            return Optional.of(new PortHolder(new ProcessIdentity(
                    Integer.parseInt(lines.getOrDefault("pid", "")),
                    Long.parseLong(lines.getOrDefault("start-ticks", "")),
                    lines.getOrDefault("boot-id", ""))));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (NumberFormatException e) {
            throw new IOException(podDirectory.resolve(FILE) + " does not name a process: " + lines, e);
        }
    }

    /** Ends a pod's holder, which frees the ports, and takes its file away. Idempotent. */
    public static void release(Path podDirectory) throws IOException, LinuxException {
        Optional<PortHolder> holder = find(podDirectory);
        if (holder.isPresent()) {
            Optional<PidFd> open = PidFd.open(holder.get().process());
            if (open.isPresent()) {
                try (PidFd fd = open.get()) {
                    fd.signal(9);
                    fd.awaitEnd(5000);
                }
            }
        }
        Files.deleteIfExists(podDirectory.resolve(FILE));
    }
}

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

/** Files by which a daemon finds the processes that an earlier one left behind: {@code pid}, {@code start-ticks}, {@code boot-id}. */
final class IdentityFile {
    private static final int SIGKILL = 9;
    private static final int PATIENCE_MILLIS = 5000;

    private IdentityFile() {}

    /** Empty if there is no such file. The process may have ended: ask its identity. */
    static Optional<ProcessIdentity> read(Path file) throws IOException {
        Map<String, String> lines = new HashMap<>();
        try {
            for (String line : Files.readAllLines(file)) {
                int equals = line.indexOf('=');
                lines.put(line.substring(0, Math.max(0, equals)), line.substring(equals + 1));
            }
            return Optional.of(new ProcessIdentity(
                    Integer.parseInt(lines.getOrDefault("pid", "")),
                    Long.parseLong(lines.getOrDefault("start-ticks", "")),
                    lines.getOrDefault("boot-id", "")));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (NumberFormatException e) {
            throw new IOException(file + " does not name a process: " + lines, e);
        }
    }

    /** Ends the process it names and takes the file away. Idempotent. */
    static void end(Path file) throws IOException, LinuxException {
        Optional<ProcessIdentity> process = read(file);
        if (process.isPresent()) {
            Optional<PidFd> open = PidFd.open(process.get());
            if (open.isPresent()) {
                try (PidFd fd = open.get()) {
                    fd.signal(SIGKILL);
                    fd.awaitEnd(PATIENCE_MILLIS);
                }
            }
        }
        Files.deleteIfExists(file);
    }
}

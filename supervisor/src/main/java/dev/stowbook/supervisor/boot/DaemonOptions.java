package dev.stowbook.supervisor.boot;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a daemon is started.
 *
 * @param root what survives a reboot lies below it
 * @param run what does not lies below it, the sockets among it
 * @param config the configuration file
 */
record DaemonOptions(Path root, Path run, Optional<Path> config) {

    /** Parses {@code --root DIR --run-dir DIR --config FILE}. @throws BootException for anything else */
    static DaemonOptions parse(String... args) throws BootException {
        Path root = Path.of("/var/lib/stowbook");
        Path run = Path.of("/run/stowbook");
        Optional<Path> config = Optional.empty();
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 == args.length) {
                throw new BootException("daemon: " + args[i] + " needs a value");
            }
            Path value = Path.of(args[i + 1]).toAbsolutePath().normalize();
            switch (args[i]) {
                case "--root" -> root = value;
                case "--run-dir" -> run = value;
                case "--config" -> config = Optional.of(value);
                default -> throw new BootException(
                        "daemon: unknown option " + args[i] + "; it takes --root DIR, --run-dir DIR, --config FILE");
            }
        }
        return new DaemonOptions(root, run, config);
    }
}

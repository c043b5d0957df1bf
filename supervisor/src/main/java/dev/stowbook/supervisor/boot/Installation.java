package dev.stowbook.supervisor.boot;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the program itself lies: {@code lib}, {@code plugins}, {@code keeper} of a distribution.
 *
 * @param directory the distribution's
 */
record Installation(Path directory) {

    /** The distribution that the launcher names by the system property {@code stowbook.dist}. */
    static Installation current() throws BootException {
        String named = System.getProperty("stowbook.dist", "");
        Path directory = Path.of(named.isEmpty() ? "supervisor/target/dist" : named).toAbsolutePath();
        if (!Files.isExecutable(directory.resolve("keeper/stowbook-keeper"))) {
            throw new BootException(directory + " is no built distribution: run bin/build");
        }
        return new Installation(directory);
    }

    Path plugins() {
        return directory.resolve("plugins");
    }

    Path keeper() {
        return directory.resolve("keeper/stowbook-keeper");
    }
}

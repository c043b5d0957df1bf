package dev.stowbook.supervisor.e2e;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** File systems of a test's own. */
final class Mounts {
    private Mounts() {}

    static void tmpfs(Path directory, String options) throws IOException, InterruptedException {
        run("mount", "-t", "tmpfs", "-o", options, "stowbook-test", directory.toString());
    }

    static void unmount(Path directory) throws IOException, InterruptedException {
        run("umount", directory.toString());
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (process.waitFor() != 0) {
            throw new IOException(List.of(command) + " returned " + process.exitValue());
        }
    }
}

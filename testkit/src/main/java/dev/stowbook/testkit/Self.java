package dev.stowbook.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Who this process is: its effective ids in {@code /proc/self/status} (proc_pid_status(5)). Any thread. */
public final class Self {
    private static final int UID = effective("Uid:");
    private static final int GID = effective("Gid:");

    private Self() {}

    /** Whether it is root: may give files away, make device nodes, mount. */
    public static boolean isRoot() {
        return UID == 0;
    }

    /** The user that files belong to which it makes. */
    public static int uid() {
        return UID;
    }

    /** The group that files belong to which it makes. */
    public static int gid() {
        return GID;
    }

    private static int effective(String field) {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith(field))
                    .map(line -> Integer.parseInt(line.split("\\s+")[2]))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.stowbook.supervisor.keeper;

import dev.stowbook.linux.process.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Base of the tests with real containers. */
abstract class ContainersTest {
    protected Containers containers;

    @BeforeEach
    void open() throws Exception {
        containers = new Containers();
    }

    @AfterEach
    void close() throws Exception {
        containers.close();
    }

    /** {@code /proc/<pid>/ns/<kind>} as a number. */
    static long namespace(int pid, String kind) throws IOException {
        String link = Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/" + kind)).toString();
        return Long.parseLong(link.replaceAll("\\D", ""));
    }

    static long ownNamespace(String kind) throws IOException {
        return namespace((int) ProcessHandle.current().pid(), kind);
    }

    static String status(int pid, String key) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith(key + ":"))
                .map(line -> line.substring(key.length() + 1).strip())
                .findFirst()
                .orElseThrow();
    }

    static void awaitGone(ProcessIdentity process) throws InterruptedException {
        for (int i = 0; i < 200 && process.isAlive(); i++) {
            Thread.sleep(10);
        }
        if (process.isAlive()) {
            throw new AssertionError(process + " still runs");
        }
    }

    static List<String> procs(Path group) throws IOException {
        return Files.readAllLines(group.resolve("cgroup.procs"));
    }
}

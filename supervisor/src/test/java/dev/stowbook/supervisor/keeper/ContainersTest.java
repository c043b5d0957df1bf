package dev.stowbook.supervisor.keeper;

import dev.stowbook.linux.process.ProcessIdentity;
import dev.stowbook.supervisor.model.IdRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Base of the tests with real containers. */
abstract class ContainersTest {
    /** What tests about pods with users of their own give them; nobody else on this host has them. */
    static final IdRange OWN = IdRange.ofPod(1_610_612_736);

    protected Containers containers;

    /** The pod's own users; tests of the same with them overwrite it. */
    Optional<IdRange> users() {
        return Optional.empty();
    }

    @BeforeEach
    void open() throws Exception {
        containers = new Containers(users());
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
        for (int i = 0; i < 6000 && process.isAlive(); i++) {
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

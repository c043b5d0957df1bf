package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who touches the graph driver's store: all system calls with a path, of the daemon, its keepers and what runs in its containers, as strace(1) sees
 * them, from an image's import to the removal of everything.
 */
@RequiresRoot
class StorageAuditIT {
    /** A line of the audit: whose thread it is by its name, and the call. A call during which another thread ran has a second line. */
    private static final Pattern LINE = Pattern.compile("^\\d+<(?<thread>[^>]*)> +(?:<\\.\\.\\. )?(?<call>\\w+)(?:\\(| resumed>).*");

    /** What the kernel is told of a root file system: which directories to mount, and nothing of what is in them. */
    private static final Set<String> MOUNTING = Set.of("open_tree", "move_mount", "fsconfig");

    private record Seen(String thread, String call, String line) {
        static Seen of(String line) {
            Matcher matcher = LINE.matcher(line);
            assertTrue(matcher.matches(), line);
            return new Seen(matcher.group("thread"), matcher.group("call"), line);
        }

        boolean byTheDriver() {
            return thread.equals("driver-overlay-"); // the kernel keeps 15 bytes of the name
        }

        boolean byAKeeperThatMounts() {
            return thread.equals("stowbook-keeper")
                    && (MOUNTING.contains(call) || call.equals("openat") && (line.contains("O_PATH|O_DIRECTORY") || line.contains("resumed>")));
        }
    }

    @Test
    void u11_allCallsInTheStoreAreTheGraphDriversExceptThatKeepersMountWhatItNames(@TempDir Path directory) throws Exception {
        Path audit = directory.resolve("audit");
        try (DaemonProcess daemon = DaemonProcess.start(directory)) {
            Process strace = strace(daemon.pid(), audit, directory.resolve("strace"));
            try {
                aLifeOfAnImageAndAPod(daemon);
            } finally {
                strace.destroy();
                assertTrue(strace.waitFor(30, TimeUnit.SECONDS), "strace does not end");
            }
            String store = daemon.root().resolve("overlay").toString();
            List<Seen> seen = Files.readAllLines(audit).stream().filter(line -> line.contains(store)).map(Seen::of).toList();
            assertEquals(List.of(), seen.stream().filter(each -> !each.byTheDriver() && !each.byAKeeperThatMounts()).map(Seen::line).toList());
            Set<String> driver = calls(seen, true);
            assertTrue(driver.containsAll(Set.of("mkdirat", "renameat2", "unlinkat", "openat2")), () -> "the audit saw only " + driver);
            assertTrue(calls(seen, false).contains("fsconfig"), () -> "the audit saw no keeper");
        }
    }

    private static Set<String> calls(List<Seen> seen, boolean byTheDriver) {
        return seen.stream().filter(each -> each.byTheDriver() == byTheDriver).map(Seen::call).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Follows all threads and whatever they start; -y writes the path of each descriptor, -Y the name of each thread. */
    private static Process strace(long pid, Path audit, Path messages) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("strace", "-f", "-Y", "-y", "-s", "4096", "-e", "trace=%file,move_mount,fsconfig", "-e", "signal=none",
                        "-o", audit.toString(), "-p", Long.toString(pid))
                .redirectErrorStream(true)
                .redirectOutput(messages.toFile())
                .start();
        for (int i = 0; i < 6000 && !Files.readString(messages).contains("attached"); i++) {
            assertTrue(process.isAlive(), () -> "strace ended: " + messages);
            Thread.sleep(10);
        }
        return process;
    }

    private static void aLifeOfAnImageAndAPod(DaemonProcess daemon) throws Exception {
        daemon.importBusybox();
        Rest rest = daemon.rest();
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: audited}
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 1
                  containers:
                    - {name: main, image: busybox, command: [sh, -c, "echo made > /made; rm /etc/group; exit 7"]}
                """).ok();
        assertEquals(7, rest.post("/v1/containers/audited/wait").ok().json().get("exitCode").asInt());
        assertTrue(rest.get("/v1/containers/audited/changes").ok().text().contains("/made"));
        rest.delete("/v1/pods/audited?force=true&grace=0").ok();
        rest.delete("/v1/images/busybox?force=true").ok();
    }
}

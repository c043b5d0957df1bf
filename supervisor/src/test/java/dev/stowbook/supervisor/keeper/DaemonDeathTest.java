package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.process.ProcessIdentity;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A container outlives the JVM that started it, killed without a word, together with its process group. */
class DaemonDeathTest extends ContainersTest {

    /** Starts a container in a JVM of its own, says where it is, and waits to be killed. */
    public static final class Daemon {
        private Daemon() {}

        public static void main(String[] args) throws Exception {
            Containers containers = new Containers();
            Containers.Box box = containers.shell("echo alive; read x; exit 23").process(p -> new ProcessPlan(
                    p.argv(), p.env(), p.cwd(), p.user(), p.extraGroups(), true, java.util.Optional.empty(), false));
            int pid = box.start().started().process().pid();
            String groups = String.join(",", box.plan().cgroup().tasksFiles().stream().map(f -> f.getParent().toString()).toList())
                    + "," + box.plan().cgroup().directory().map(Path::toString).orElse("");
            System.out.println(pid + " " + box.state() + " " + groups + " " + containers.directory);
            Thread.sleep(600_000);
        }
    }

    @Test
    void theContainerGoesOnAndASecondDaemonHearsItsTrueExit() throws Exception {
        Process daemon = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(), "--enable-native-access=ALL-UNNAMED",
                        "-Dstowbook.repository=" + System.getProperty("stowbook.repository"),
                        "-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), Daemon.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String[] said;
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(daemon.getInputStream(), StandardCharsets.UTF_8))) {
            String line = reader.readLine();
            assertTrue(line != null, "the daemon died before it had started its container");
            said = line.split(" ");
        } finally {
            daemon.destroyForcibly().waitFor();
        }
        Path state = Path.of(said[1]);
        try {
            ProcessIdentity container = ProcessIdentity.of(Integer.parseInt(said[0])).orElseThrow();
            assertTrue(container.isAlive());
            Heard ears = new Heard();
            KeeperConnection connection = containers.reactor.connect(state.resolve("control"), ears);
            assertEquals(container, ears.started().process());
            assertTrue(ears.await(KeeperMessage.Hello.class).keeper().isAlive());
            connection.attach(true, true).get();
            connection.input("\n".getBytes(StandardCharsets.US_ASCII));
            assertEquals(23, ears.await(KeeperMessage.Exited.class).code());
            assertEquals("alive\n", new String(LogLine.join(
                    LogLine.parse(java.nio.file.Files.readAllBytes(state.resolve("log/log"))), "stdout"), StandardCharsets.UTF_8));
            ears.awaitClosed();
        } finally {
            for (String group : List.of(said[2].split(","))) {
                Containers.removeGroup(Path.of(group));
            }
            OutputTest.run("rm", "-rf", "--one-file-system", said[3]);
        }
    }
}

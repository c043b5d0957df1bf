package dev.stowbook.supervisor.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.http.Api;
import dev.stowbook.supervisor.state.Container;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command and the real API server, both as they are: they were written apart from each other. */
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AgainstTheServerTest {
    @TempDir
    private Path directory;

    private dev.stowbook.supervisor.http.Api server;

    @BeforeEach
    void open() throws Exception {
        server = new Api(directory);
        server.image("box");
    }

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private Run run(String... words) {
        return typing("", words);
    }

    private Run typing(String in, String... words) {
        return Run.with(
                new ByteArrayInputStream(in.getBytes(UTF_8)), Map.of("STOWBOOK_HOST", "unix://" + directory.resolve("api.sock")), false, words);
    }

    private static Run good(Run run) {
        assertEquals(0, run.code(), run.toString());
        return run;
    }

    @Test
    void aPodLivesAndDiesByTheCommand() throws Exception {
        String manifest = """
                apiVersion: v1
                kind: Pod
                metadata: {name: web}
                spec:
                  restartPolicy: Never
                  containers:
                  - {name: main, image: box, command: [/bin/sleep, "1000"]}
                """;
        assertEquals("web created", good(typing(manifest, "apply", "-f", "-")).out().strip());
        good(run("start", "web"));
        assertTrue(good(run("ps")).out().contains("web/main"));
        assertTrue(good(run("diff", "web")).out().startsWith("M /etc\nA /etc/"));
        assertTrue(good(run("inspect", "web")).out().contains("\"ref\""));
        assertTrue(good(run("stop", "web")).out().contains("web"));
        assertFalse(good(run("ps")).out().contains("web/main"));
        Run all = good(run("ps", "-a", "-o", "json"));
        assertTrue(all.out().contains("\"exitCode\": 143") || all.out().contains("\"exitCode\":143"), all.out());
        assertTrue(good(run("why", "web")).out().contains("stopped by uid 0 (stowbook stop), SIGTERM, exit 143"));
        good(run("rm", "web"));
        assertTrue(good(run("events", "-o", "json")).out().lines().anyMatch(line -> line.contains("user cli uid 0")));
        good(run("verify"));
        good(run("info"));
        assertTrue(good(run("image", "ls")).out().contains("box"));
    }

    @Test
    void aMistakeInAManifestIsShownWithItsPlace() {
        Run run = typing("apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {colour: red}\n", "apply", "-f", "-");
        assertTrue(run.code() != 0);
        assertTrue(run.err().contains("-:4:") && run.err().contains("colour"), run.err());
    }

    @Test
    void execOfAProgramThatIsMissingExitsAsAShellDoes() throws Exception {
        server.runs("web", "");
        Run run = run("exec", "web", "/missing");
        assertEquals(127, run.code(), run.toString());
        assertTrue(run.err().contains("there is no such program"), run.err());
    }

    @Test
    void logsAndUploadsGoThrough() throws Exception {
        Container container = server.runs("web", "");
        Path file = server.newestLog(container.id());
        Files.createDirectories(file.getParent());
        Files.writeString(file, "2026-11-21T06:00:00.1Z stdout F hello\n2026-11-21T06:00:00.2Z stdout F world\n");
        assertEquals("hello\nworld\n", good(run("logs", "web")).out());
        assertEquals("world\n", good(run("logs", "--tail", "1", "web/main")).out());
        Path tar = Files.writeString(directory.resolve("some.tar"), "not looked into here");
        assertTrue(good(run("image", "load", "-i", tar.toString())).out().contains("loaded:1"));
    }
}

package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.registry.DockerRegistry;
import dev.stowbook.testkit.RequiresRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What {@code imagePullPolicy} asks of a registry, read from the registry's own log. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PullPolicyIT {
    private RegistryDaemon daemon;
    private DockerRegistry registry;
    private Pods pods;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        registry = DockerRegistry.plain(directory.resolve("registry"));
        daemon = RegistryDaemon.start(Files.createDirectory(directory.resolve("daemon")), "insecure: {\"" + registry.host() + "\": http}", "attempts: 2");
        pods = new Pods(daemon.rest());
    }

    @AfterAll
    void stop() throws Exception {
        try (DockerRegistry one = registry) {
            daemon.daemon().close();
        }
    }

    /** Runs the image once and says what its file says. */
    private String run(String pod, String image, String policy) throws Exception {
        return pods.output(pod, """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  restartPolicy: Never
                  containers: [{name: main, image: "%s", imagePullPolicy: %s, command: [cat, /text0]}]
                """.formatted(pod, image, policy));
    }

    private List<String> asked(int from, String pattern) throws Exception {
        List<String> all = registry.requests();
        return all.subList(from, all.size()).stream().filter(request -> request.matches(pattern)).toList();
    }

    @Test
    void alwaysLooksTheTagUpAgainAndFetchesWhatHasMoved() throws Exception {
        String image = registry.host() + "/moving:v1";
        RegistryDaemon.push(daemon.layout("before"), image);
        assertTrue(run("first", image, "Always").contains("before"));
        int from = registry.requests().size();
        assertTrue(run("same", image, "Always").contains("before"));
        assertEquals(1, asked(from, "GET /v2/moving/manifests/v1").size(), "the tag was not looked up");
        assertTrue(asked(from, "GET /v2/moving/blobs/.*").size() <= 1, "more than its configuration: " + asked(from, ".*"));
        RegistryDaemon.push(daemon.layout("after"), image);
        from = registry.requests().size();
        assertTrue(run("kept", image, "IfNotPresent").contains("before"));
        assertEquals(List.of(), asked(from, "GET .*"), "what is there was asked for");
        assertTrue(run("moved", image, "Always").contains("after"));
        from = registry.requests().size();
        assertTrue(run("then", image, "Never").contains("after"));
        assertEquals(List.of(), asked(from, "GET .*"), "it was never to be asked for");
    }
}

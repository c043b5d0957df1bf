package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.supervisor.registry.DockerRegistry;
import dev.stowbook.testkit.RequiresRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A mirror whose disk is going bad, before a registry that has everything. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MirrorsIT {
    private RegistryDaemon daemon;
    private DockerRegistry mirror;
    private DockerRegistry registry;
    private Rest rest;
    private Pods pods;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        mirror = DockerRegistry.plain(directory.resolve("mirror"));
        registry = DockerRegistry.plain(directory.resolve("registry"));
        daemon = RegistryDaemon.start(
                Files.createDirectory(directory.resolve("daemon")),
                "mirrors: {\"" + registry.host() + "\": 'http://" + mirror.host() + "'}",
                "insecure: {\"" + mirror.host() + "\": http, \"" + registry.host() + "\": http}",
                "attempts: 2");
        rest = daemon.rest();
        pods = new Pods(rest);
    }

    @AfterAll
    void stop() throws Exception {
        try (DockerRegistry one = mirror;
                DockerRegistry two = registry) {
            daemon.daemon().close();
        }
    }

    /** Pushed to both. @return the manifest */
    private JsonNode pushed(String name, String... texts) throws Exception {
        Path layout = daemon.layout(texts);
        RegistryDaemon.push(layout, mirror.host() + "/" + name);
        RegistryDaemon.push(layout, registry.host() + "/" + name);
        return new ObjectMapper().readTree(
                DockerRegistry.run("skopeo", "inspect", "--tls-verify=false", "--raw", "docker://" + registry.host() + "/" + name));
    }

    /** @param at counted from the end if it is negative */
    private static String flip(DockerRegistry where, JsonNode descriptor, int at) throws Exception {
        String digest = descriptor.get("digest").asText();
        Path file = where.blob(digest.substring(7));
        byte[] bytes = Files.readAllBytes(file);
        bytes[at < 0 ? bytes.length + at : at] ^= 1;
        Files.write(file, bytes);
        return digest;
    }

    private static String cut(DockerRegistry where, JsonNode descriptor) throws Exception {
        String digest = descriptor.get("digest").asText();
        Path file = where.blob(digest.substring(7));
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
        return digest;
    }

    private static int count(DockerRegistry where, String blob) throws Exception {
        return (int) where.requests().stream().filter(request -> request.startsWith("GET ") && request.contains("/blobs/" + blob)).count();
    }

    @Test
    void i13_whatAMirrorSendsDamagedIsAskedOfTheRegistryItselfAndSaid() throws Exception {
        String name = "app:" + System.nanoTime();
        JsonNode manifest = pushed(name, "first", "second", "third");
        JsonNode layers = manifest.get("layers");
        List<String> damaged = new ArrayList<>();
        damaged.add(flip(mirror, manifest.get("config"), 10));
        damaged.add(flip(mirror, layers.get(0), -1));
        damaged.add(flip(mirror, layers.get(1), 4)); // the time in gzip's header, which changes nothing that comes out
        damaged.add(flip(mirror, layers.get(2), 40));
        String truncated = cut(mirror, layers.get(3));

        Command pull = Command.stowbook("-H", "unix://" + daemon.daemon().run().resolve("api.sock"), "pull", registry.host() + "/" + name);
        assertEquals(0, pull.exitCode(), pull.err());
        for (String digest : damaged) {
            List<String> said = pull.err().lines().filter(line -> line.contains("Warning: ") && line.contains(digest)).toList();
            assertEquals(1, said.size(), pull.err());
            assertTrue(said.getFirst().contains("registry " + mirror.host() + " sends as the blob"), pull.err());
            assertEquals(1, count(mirror, digest), "asked of the mirror once");
            assertEquals(1, count(registry, digest), "asked of the registry itself");
        }
        assertEquals(1, count(registry, truncated), "the rest of it");
        assertEquals(List.of(), daemon.spools());
        assertEquals(List.of(), new StoreAudit(daemon.daemon()).objections());
        assertTrue(pods.output("reader", """
                apiVersion: v1
                kind: Pod
                metadata: {name: reader}
                spec:
                  restartPolicy: Never
                  containers: [{name: main, image: "%s", imagePullPolicy: Never, command: [cat, /text0, /text1, /text2]}]
                """.formatted(registry.host() + "/" + name)).contains("firstsecondthird"));
    }

    @Test
    void i15_aFlippedByteThatTheCompressionDoesNotNoticeIsCaught() throws Exception {
        String name = "flipped:" + System.nanoTime();
        JsonNode manifest = pushed(name, "text " + name);
        List<String> before = daemon.content();
        flip(mirror, manifest.get("layers").get(1), 4);
        flip(registry, manifest.get("layers").get(1), 4);
        String last = rest.post("/v1/images/pull?reference=" + Rest.encode(registry.host() + "/" + name)).text().lines().toList().getLast();
        JsonNode answer = new ObjectMapper().readTree(last);
        assertFalse(answer.has("id"), last);
        assertTrue(answer.at("/error/message").asText().contains("what registry " + registry.host() + " sends as the blob"), last);
        assertEquals(before, daemon.content());
    }
}

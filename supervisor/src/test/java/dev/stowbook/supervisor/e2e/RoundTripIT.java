package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.registry.DockerRegistry;
import dev.stowbook.testkit.RequiresRoot;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole way of an image: pulled from where its producer pushed it, saved, removed, loaded, pushed to another registry, removed, and pulled from there.
 * What skopeo shows at both ends is the same: the configuration byte for byte, and the layers when they are undone.
 */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RoundTripIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    private RegistryDaemon daemon;
    private DockerRegistry near;
    private DockerRegistry far;
    private Rest rest;
    private Path directory;

    @BeforeAll
    void start(@TempDir Path scratch) throws Exception {
        directory = scratch;
        near = DockerRegistry.plain(scratch.resolve("near"));
        far = DockerRegistry.plain(scratch.resolve("far"));
        daemon = RegistryDaemon.start(
                Files.createDirectory(scratch.resolve("daemon")), "insecure: {\"" + near.host() + "\": http, \"" + far.host() + "\": http}", "attempts: 2");
        rest = daemon.rest();
    }

    @AfterAll
    void stop() throws Exception {
        try (DockerRegistry one = near;
                DockerRegistry other = far) {
            daemon.daemon().close();
        }
    }

    private String stowbook(String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of("-H", "unix://" + daemon.daemon().run().resolve("api.sock")));
        all.addAll(List.of(words));
        Command command = Command.stowbook(all.toArray(new String[0]));
        assertEquals(0, command.exitCode(), all + ": " + command.out() + command.err());
        return command.out();
    }

    private static String skopeo(String reference, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("skopeo", "inspect", "--tls-verify=false"));
        command.addAll(List.of(options));
        command.add("docker://" + reference);
        return DockerRegistry.run(command.toArray(new String[0]));
    }

    private String buildah(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of("buildah", "--root", directory.resolve("buildah").toString(), "--runroot",
                directory.resolve("buildah-run").toString(), "--storage-driver", "vfs"));
        command.addAll(List.of(words));
        return DockerRegistry.run(command.toArray(new String[0]));
    }

    /** What a layer of a registry is when it is undone, whatever way it was compressed. */
    private List<String> undone(String reference) throws Exception {
        Path copy = Files.createTempDirectory(directory, "copy-");
        DockerRegistry.run("skopeo", "copy", "-q", "--src-tls-verify=false", "--override-os=linux", "docker://" + reference, "dir:" + copy);
        List<String> sums = new ArrayList<>();
        for (JsonNode layer : JSON.readTree(copy.resolve("manifest.json").toFile()).get("layers")) {
            Path blob = copy.resolve(layer.get("digest").asText().substring(7));
            boolean zstd = layer.get("mediaType").asText().endsWith("zstd");
            String sum = DockerRegistry.run("sh", "-c", (zstd ? "zstd -dc" : "gzip -dc") + " < '" + blob + "' | sha256sum");
            sums.add("sha256:" + sum.substring(0, 64));
        }
        return sums;
    }

    /** Takes an image, which the registry has as {@code from}, the whole way to {@code to}. @return its id */
    private String carry(String from, String platform, String to) throws Exception {
        List<String> pull = platform.isEmpty() ? List.of("pull", from) : List.of("pull", "--platform", platform, from);
        stowbook(pull.toArray(new String[0]));
        JsonNode pulled = image(from);
        Path archive = Files.createTempFile(directory, "archive-", ".tar");
        stowbook("image", "tag", from, to);
        stowbook("image", "save", to, "--to", archive.toString());
        forgotten(from, to);
        stowbook("image", "load", archive.toString());
        assertEquals(pulled.get("id"), image(to).get("id"));
        stowbook("push", to);
        forgotten(to);
        stowbook("pull", to);
        JsonNode again = image(to);
        assertEquals(pulled.get("id"), again.get("id"));
        assertEquals(diffIds(pulled), diffIds(again));
        forgotten(to);
        return pulled.get("id").asText();
    }

    private JsonNode image(String name) throws Exception {
        return rest.get("/v1/images/" + Rest.encode(name)).ok().json();
    }

    private static List<String> diffIds(JsonNode image) {
        List<String> ids = new ArrayList<>();
        image.get("layers").forEach(layer -> ids.add(layer.get("diffId").asText()));
        return ids;
    }

    /** Nothing of what follows is known from before: neither content nor where it came from. */
    private void forgotten(String... names) throws Exception {
        for (String name : names) {
            stowbook("image", "rm", "--force", name);
        }
        assertEquals("[]", rest.get("/v1/images?all=true").ok().text().strip());
        assertEquals(List.of(), new StoreAudit(daemon.daemon()).objections());
    }

    private void assertSame(String from, String to, String id) throws Exception {
        String config = skopeo(from, "--config", "--raw");
        assertEquals(config, skopeo(to, "--config", "--raw"));
        assertEquals(id, Digest.of(config.getBytes(StandardCharsets.UTF_8)).toString());
        JsonNode near = JSON.readTree(skopeo(from, "--raw"));
        JsonNode far = JSON.readTree(skopeo(to, "--raw"));
        assertEquals(near.at("/config/digest"), far.at("/config/digest"));
        assertEquals(near.get("layers").size(), far.get("layers").size());
        List<String> diffIds = new ArrayList<>();
        JSON.readTree(config).at("/rootfs/diff_ids").forEach(each -> diffIds.add(each.asText()));
        assertEquals(diffIds, undone(from));
        assertEquals(diffIds, undone(to));
    }

    @Test
    void anImageOfUmocisComesOutAsItWentIn() throws Exception {
        String from = near.host() + "/umoci:v1";
        RegistryDaemon.push(daemon.layout("of umoci", "and more"), from);
        assertTrue(skopeo(from, "--raw").contains("vnd.oci.image.config"), skopeo(from, "--raw"));
        assertSame(from, far.host() + "/umoci:v1", carry(from, "", far.host() + "/umoci:v1"));
    }

    @Test
    void anImageOfSkopeosInDockersFormComesOutAsItWentIn() throws Exception {
        String from = near.host() + "/skopeo:v1";
        RegistryDaemon.push(daemon.layout("of skopeo"), from, "--format", "v2s2");
        assertTrue(skopeo(from, "--raw").contains("vnd.docker.distribution.manifest"));
        assertSame(from, far.host() + "/skopeo:v1", carry(from, "", far.host() + "/skopeo:v1"));
    }

    @Test
    void anImageWithLayersInZstdComesOutAsItWentIn() throws Exception {
        String from = near.host() + "/zstd:v1";
        RegistryDaemon.push(daemon.layout("of skopeo, in zstd"), from, "--dest-compress-format", "zstd");
        assertTrue(skopeo(from, "--raw").contains("tar+zstd"), skopeo(from, "--raw"));
        assertSame(from, far.host() + "/zstd:v1", carry(from, "", far.host() + "/zstd:v1"));
    }

    private Path context(String text) throws Exception {
        Path context = Files.createTempDirectory(directory, "context-");
        Files.write(context.resolve("busybox.tar"), BusyboxTar.bytes());
        Files.writeString(context.resolve("text"), text);
        Files.writeString(context.resolve("Dockerfile"), "FROM scratch\nADD busybox.tar /\nCOPY text /text\nENV BY=buildah\nCMD [\"/bin/cat\", \"/text\"]\n");
        return context;
    }

    @Test
    void anImageOfBuildahsComesOutAsItWentIn() throws Exception {
        for (String format : List.of("oci", "docker")) {
            String from = near.host() + "/buildah:" + format;
            buildah("bud", "-q", "--layers", "--format", format, "-t", "stowbook-test-" + format, context("of buildah, " + format).toString());
            buildah("push", "-q", "--tls-verify=false", "--format", format.equals("oci") ? "oci" : "v2s2", "stowbook-test-" + format, "docker://" + from);
            assertTrue(skopeo(from, "--raw").contains(format.equals("oci") ? "vnd.oci.image.config" : "vnd.docker.container.image"));
            assertSame(from, far.host() + "/buildah:" + format, carry(from, "", far.host() + "/buildah:" + format));
        }
    }

    @Test
    void eachImageOfAnIndexComesOutAsItWentIn() throws Exception {
        String from = near.host() + "/multi:v1";
        buildah("manifest", "create", "stowbook-test-multi");
        for (String architecture : List.of("amd64", "arm64")) {
            buildah("bud", "-q", "--layers", "--platform", "linux/" + architecture, "--manifest", "stowbook-test-multi", context("for " + architecture).toString());
        }
        buildah("manifest", "push", "-q", "--all", "--tls-verify=false", "--format", "oci", "stowbook-test-multi", "docker://" + from);
        JsonNode index = JSON.readTree(skopeo(from, "--raw"));
        assertEquals(2, index.get("manifests").size(), index.toString());
        List<String> ids = new ArrayList<>();
        for (JsonNode each : index.get("manifests")) {
            String architecture = each.at("/platform/architecture").asText();
            String one = near.host() + "/multi@" + each.get("digest").asText();
            String to = far.host() + "/multi:" + architecture;
            ids.add(carry(from, "linux/" + architecture, to));
            assertSame(one, to, ids.getLast());
            assertEquals(architecture, JSON.readTree(skopeo(to, "--config", "--raw")).get("architecture").asText());
        }
        assertNotEquals(ids.get(0), ids.get(1));
    }
}

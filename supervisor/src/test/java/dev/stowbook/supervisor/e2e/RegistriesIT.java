package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.registry.DockerRegistry;
import dev.stowbook.testkit.RequiresRoot;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Registries of several kinds beside one daemon: with TLS, as a mirror, with images for several platforms; and what else pulls from them. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RegistriesIT {
    private RegistryDaemon daemon;
    private DockerRegistry mirror;
    private DockerRegistry tls;
    private DockerRegistry strange;
    private Rest rest;
    private Pods pods;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        mirror = DockerRegistry.plain(directory.resolve("mirror"));
        tls = DockerRegistry.withTls(directory.resolve("tls"));
        strange = DockerRegistry.withTls(directory.resolve("strange"));
        daemon = RegistryDaemon.start(
                Files.createDirectory(directory.resolve("daemon")),
                "mirrors: {registry.invalid: 'http://127.0.0.1:1 http://" + mirror.host() + "'}",
                "insecure: {\"" + mirror.host() + "\": http}",
                "authorities: {test: " + tls.authority() + "}",
                "attempts: 2");
        rest = daemon.rest();
        pods = new Pods(rest);
    }

    @AfterAll
    void stop() throws Exception {
        try (DockerRegistry one = mirror;
                DockerRegistry two = tls;
                DockerRegistry three = strange) {
            daemon.daemon().close();
        }
    }

    private JsonNode pull(String reference, String more) throws Exception {
        List<String> lines = rest.post("/v1/images/pull?reference=" + Rest.encode(reference) + more).text().lines().toList();
        return new ObjectMapper().readTree(lines.getLast());
    }

    @Test
    void i13_aRegistryWhoseAuthorityIsTrustedIsPulledFromAndAnotherIsNot() throws Exception {
        Path layout = daemon.layout("tls");
        RegistryDaemon.push(layout, tls.host() + "/app:v1");
        assertTrue(pull(tls.host() + "/app:v1", "").has("id"));
        RegistryDaemon.push(layout, strange.host() + "/app:v1");
        String message = pull(strange.host() + "/app:v1", "").at("/error/message").asText();
        assertTrue(message.contains("the certificate of registry " + strange.host() + " cannot be trusted"), message);
        assertTrue(message.contains("registries: {authorities: ") && message.contains("registries: {insecure: {\"" + strange.host() + "\": unverified}}"), message);
    }

    @Test
    void whatAMirrorHasIsNotAskedOfTheRegistryItself() throws Exception {
        RegistryDaemon.push(daemon.layout("mirrored"), mirror.host() + "/team/app:v1");
        assertTrue(pull("registry.invalid/team/app:v1", "").has("id"));
        assertEquals("registry.invalid/team/app:v1", rest.get("/v1/images/" + Rest.encode("registry.invalid/team/app:v1")).ok().json()
                .get("references").get(0).asText());
        String message = pull("registry.invalid/team/other:v1", "").at("/error/message").asText();
        assertTrue(message.contains("no address is known for registry.invalid"), message);
    }

    /** An index of the images that two tags name. */
    private void index(String repository, String amd64, String arm64) throws Exception {
        StringBuilder manifests = new StringBuilder();
        for (List<String> each : List.of(List.of(arm64, "arm64"), List.of(amd64, "amd64"))) {
            String raw = DockerRegistry.run("skopeo", "inspect", "--tls-verify=false", "--raw", "docker://" + mirror.host() + "/" + repository + ":" + each.get(0));
            byte[] bytes = raw.getBytes(StandardCharsets.UTF_8);
            manifests.append(manifests.isEmpty() ? "" : ",").append("{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"size\":").append(bytes.length)
                    .append(",\"digest\":\"").append(dev.stowbook.supervisor.image.Digest.of(bytes)).append("\",\"platform\":{\"os\":\"linux\",\"architecture\":\"")
                    .append(each.get(1)).append("\"}}");
        }
        Path file = Files.createTempFile(daemon.directory(), "index-", "");
        Files.writeString(file, "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[" + manifests + "]}");
        put(repository, file);
    }

    private void put(String repository, Path index) throws Exception {
        var request = java.net.http.HttpRequest.newBuilder(java.net.URI.create("http://" + mirror.host() + "/v2/" + repository + "/manifests/latest"))
                .header("Content-Type", "application/vnd.oci.image.index.v1+json")
                .PUT(java.net.http.HttpRequest.BodyPublishers.ofFile(index))
                .build();
        try (var client = java.net.http.HttpClient.newHttpClient()) {
            assertEquals(201, client.send(request, java.net.http.HttpResponse.BodyHandlers.discarding()).statusCode());
        }
    }

    @Test
    void ofAnIndexThePlatformThatIsAskedForIsPulled() throws Exception {
        RegistryDaemon.push(daemon.layout("for amd64"), mirror.host() + "/multi:amd64");
        RegistryDaemon.push(daemon.layout("for arm64"), mirror.host() + "/multi:arm64");
        index("multi", "amd64", "arm64");
        String name = mirror.host() + "/multi:latest";
        String host = pull(name, "").get("id").asText();
        String other = pull(name, "&platform=linux%2Farm64").get("id").asText();
        assertFalse(host.equals(other));
        assertEquals(host, pull(mirror.host() + "/multi:amd64", "").get("id").asText());
        String message = pull(name, "&platform=linux%2Fs390x").at("/error/message").asText();
        assertTrue(message.contains("no image for linux/s390x, only for linux/arm64, linux/amd64"), message);
        assertEquals(400, rest.post("/v1/images/pull?reference=" + Rest.encode(name) + "&platform=Linux").status());
    }

    @Test
    void anImageForAnotherPlatformThanWasAskedForIsNotTakenSilently() throws Exception {
        String name = mirror.host() + "/single:v1";
        RegistryDaemon.push(daemon.layout("for one platform only"), name);
        String host = Platform.ofHost().os() + "/" + Platform.ofHost().architecture();
        assertFalse(pull(name, "").has("warnings"));
        String warning = pull(name, "&platform=linux%2Fs390x").at("/warnings/0").asText();
        assertTrue(warning.contains(name + " is an image for " + host + ", not for linux/s390x"), warning);
        Command pull = Command.stowbook("-H", "unix://" + daemon.daemon().run().resolve("api.sock"), "pull", "--platform", "linux/s390x", name);
        assertEquals(0, pull.exitCode(), pull.err());
        assertTrue(pull.err().contains("Warning: " + warning), pull.err());
        assertTrue(pull.out().contains(" pulled "), pull.out());
        Path context = Files.createTempDirectory(daemon.directory(), "context-");
        Files.writeString(context.resolve("Dockerfile"), "FROM --platform=linux/s390x " + name + "\n");
        Command build = Command.stowbook("-H", "unix://" + daemon.daemon().run().resolve("api.sock"), "build", context.toString());
        assertFalse(build.exitCode() == 0, build.out());
        assertTrue(build.err().contains("the image " + name + " is for " + host + ", but linux/s390x is built"), build.err());
    }

    @Test
    void i8_whatIsLostIsPulledAgainByFsck() throws Exception {
        String name = mirror.host() + "/lost:v1";
        RegistryDaemon.push(daemon.layout("lost and found"), name);
        String id = pull(name, "").get("id").asText();
        Path config = daemon.daemon().root().resolve("image/overlay/imagedb/content/sha256/" + id.substring(7));
        byte[] bytes = Files.readAllBytes(config);
        Files.delete(config);
        String found = rest.post("/v1/images/fsck").ok().text();
        assertTrue(found.contains(id), found);
        rest.post("/v1/images/fsck?repair=true").ok();
        assertEquals(new String(bytes), Files.readString(config), "byte for byte");
    }

    @Test
    void aBuildPullsTheImageThatItStandsOn() throws Exception {
        String name = mirror.host() + "/base:v1";
        RegistryDaemon.push(daemon.layout("base"), name);
        Path context = Files.createTempDirectory(daemon.directory(), "context-");
        Files.writeString(context.resolve("Dockerfile"), "FROM " + name + "\nENV BUILT=yes\n");
        Command built = Command.stowbook("-H", "unix://" + daemon.daemon().run().resolve("api.sock"), "build", "-t", "built:v1", context.toString());
        assertEquals(0, built.exitCode(), built.out() + built.err());
        assertEquals(1, pods.events("ImagePulled", name).size());
        assertTrue(rest.get("/v1/images/built%3Av1").ok().text().contains("BUILT=yes"));
    }
}

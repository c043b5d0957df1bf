package dev.stowbook.supervisor.registry;

import static dev.stowbook.supervisor.registry.Clients.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.supervisor.credentials.Credential;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client and Debian's docker-registry: plain, with logins, with TLS; skopeo and umoci as the other side. */
class DockerRegistryTest {
    private static final Platform AMD64 = new Platform("linux", "amd64", "");

    @TempDir
    Path scratch;

    /** An image of two layers, made by umoci and brought there by skopeo. */
    private void push(String destination, String format) throws Exception {
        Path layout = scratch.resolve("layout-" + format);
        Path content = Files.createDirectories(scratch.resolve("content"));
        Files.writeString(content.resolve("file"), "content");
        DockerRegistry.run("umoci", "init", "--layout", layout.toString());
        DockerRegistry.run("umoci", "new", "--image", layout + ":app");
        DockerRegistry.run("umoci", "insert", "--image", layout + ":app", content.toString(), "/a");
        DockerRegistry.run("umoci", "insert", "--image", layout + ":app", content.toString(), "/b");
        DockerRegistry.run("skopeo", "copy", "--dest-tls-verify=false", "--format", format, "oci:" + layout + ":app", "docker://" + destination);
    }

    private static JsonNode inspect(String reference, String... options) throws Exception {
        String[] command = new String[options.length + 4];
        command[0] = "skopeo";
        command[1] = "inspect";
        command[2] = "--tls-verify=false";
        System.arraycopy(options, 0, command, 3, options.length);
        command[command.length - 1] = "docker://" + reference;
        return new ObjectMapper().readTree(DockerRegistry.run(command));
    }

    @Test
    void whatSkopeoPushesIsResolvedToTheDigestsThatSkopeoShows() throws Exception {
        try (DockerRegistry registry = DockerRegistry.plain(scratch.resolve("registry"));
                RegistryClient client = Clients.plain(registry.host())) {
            for (String format : List.of("oci", "v2s2")) {
                String name = registry.host() + "/" + format + "/app:v1";
                push(name, format);
                Repository repository = Clients.pulling(client, name);
                Repository.Resolved resolved = repository.resolve(ImageReference.parse(name), AMD64);
                JsonNode shown = inspect(name);
                assertEquals(shown.path("Digest").asText(), resolved.named().toString());
                assertEquals(2, resolved.image().layers().size());
                for (int i = 0; i < 2; i++) {
                    Descriptor layer = resolved.image().layers().get(i);
                    assertEquals(shown.path("Layers").get(i).asText(), layer.digest().toString());
                    try (InputStream in = repository.blob(layer)) {
                        assertEquals(layer.digest(), Digest.of(in.readAllBytes()));
                    }
                }
                JsonNode config = new ObjectMapper().readTree(repository.document(resolved.image().config()));
                assertEquals(2, config.path("rootfs").path("diff_ids").size());
            }
        }
    }

    /** Sends an image of one layer by pieces and returns its manifest. */
    private byte[] send(Repository repository, byte[] layer, String tag) throws Exception {
        byte[] config = bytes("{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" + Digest.of(layer) + "\"]}}");
        Descriptor sent = repository.upload(() -> new ByteArrayInputStream(layer), "application/vnd.oci.image.layer.v1.tar");
        assertEquals(Digest.of(layer), sent.digest());
        assertEquals(layer.length, sent.sizeBytes());
        repository.upload(config);
        byte[] manifest = Clients.manifest(config, layer);
        assertEquals(Digest.of(manifest), repository.put(manifest, MediaTypes.OCI_MANIFEST, tag));
        return manifest;
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    @Test
    void whatIsSentIsShownBySkopeoAndMountedElsewhereWithoutItsBytes() throws Exception {
        try (DockerRegistry registry = DockerRegistry.plain(scratch.resolve("registry"));
                RegistryClient client = Clients.plain(registry.host())) {
            byte[] layer = random(3_000_000);
            String first = registry.host() + "/first:v1";
            Repository repository = Clients.pushing(client, first);
            assertFalse(repository.has(Digest.of(layer)));
            byte[] manifest = send(repository, layer, "v1");
            assertTrue(repository.has(Digest.of(layer)));
            assertEquals(Digest.of(manifest).toString(), inspect(first).path("Digest").asText());

            Repository second = client.pushing(ImageReference.parse(registry.host() + "/second"), Optional.empty(), List.of("first"));
            assertTrue(second.mount(Digest.of(layer), "first"));
            assertTrue(second.has(Digest.of(layer)));
            assertFalse(second.mount(Digest.of(random(10)), "first"));
            assertEquals(List.of(), registry.requests().stream().filter(r -> r.startsWith("PATCH /v2/second/")).toList());
        }
    }

    @Test
    void anIndexIsFollowedToThePlatform() throws Exception {
        try (DockerRegistry registry = DockerRegistry.plain(scratch.resolve("registry"));
                RegistryClient client = Clients.plain(registry.host())) {
            Repository repository = Clients.pushing(client, registry.host() + "/multi");
            byte[] amd64 = send(repository, random(1000), "amd64");
            byte[] arm64 = send(repository, random(2000), "arm64");
            byte[] index = bytes("{\"schemaVersion\":2,\"mediaType\":\"" + MediaTypes.OCI_INDEX + "\",\"manifests\":["
                    + Clients.descriptor(MediaTypes.OCI_MANIFEST, arm64, ",\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\",\"variant\":\"v8\"}") + ","
                    + Clients.descriptor(MediaTypes.OCI_MANIFEST, amd64, ",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}") + "]}");
            repository.put(index, MediaTypes.OCI_INDEX, "latest");
            ImageReference reference = ImageReference.parse(registry.host() + "/multi");
            Repository.Resolved resolved = repository.resolve(reference, AMD64);
            assertEquals(Digest.of(index), resolved.named());
            assertEquals(Digest.of(amd64), resolved.image().digest());
            assertEquals(Digest.of(arm64), repository.resolve(reference, Platforms.parse("linux/arm64")).image().digest());
            ImageReference byDigest = ImageReference.parse(registry.host() + "/multi@" + Digest.of(index));
            assertEquals(Digest.of(amd64), repository.resolve(byDigest, AMD64).image().digest());
            String skopeo = DockerRegistry.run("skopeo", "inspect", "--tls-verify=false", "--raw", "docker://" + registry.host() + "/multi");
            assertArrayEquals(index, bytes(skopeo));
        }
    }

    @Test
    void i13_aRegistryWithLoginsIsPulledFromAndPushedToWithTheRightOneOnly() throws Exception {
        try (DockerRegistry registry = DockerRegistry.withLogin(scratch.resolve("registry"));
                RegistryClient client = Clients.plain(registry.host())) {
            ImageReference reference = ImageReference.parse(registry.host() + "/app");
            Credential right = Credential.login(DockerRegistry.USER, DockerRegistry.PASSWORD);
            byte[] manifest = send(client.pushing(reference, Optional.of(right), List.of()), random(100_000), "latest");
            assertEquals(Digest.of(manifest), client.pulling(reference, Optional.of(right)).resolve(reference, AMD64).named());
            for (Optional<Credential> wrong : List.of(Optional.<Credential>empty(), Optional.of(Credential.login(DockerRegistry.USER, "wrong")))) {
                Repository pulling = client.pulling(reference, wrong);
                assertEquals(ErrorCode.DENIED, assertThrows(RegistryException.class, () -> pulling.resolve(reference, AMD64)).code());
                Repository pushing = client.pushing(reference, wrong, List.of());
                assertEquals(ErrorCode.DENIED, assertThrows(RegistryException.class, () -> pushing.upload(new byte[1])).code());
            }
            client.check(registry.host(), right);
            assertThrows(RegistryException.class, () -> client.check(registry.host(), Credential.login("bob", "x")));
        }
    }

    @Test
    void i13_tlsIsVerifiedUnlessTheConfigurationSaysOtherwise() throws Exception {
        try (DockerRegistry registry = DockerRegistry.withTls(scratch.resolve("registry"))) {
            ImageReference reference = ImageReference.parse(registry.host() + "/app");
            byte[] manifest;
            try (RegistryClient trusting = Clients.open(Clients.settings(Map.of(), List.of(registry.authority())))) {
                manifest = send(trusting.pushing(reference, Optional.empty(), List.of()), random(10_000), "latest");
            }
            try (RegistryClient careless = Clients.open(Clients.settings(Map.of(registry.host(), RegistrySettings.Insecure.UNVERIFIED), List.of()))) {
                assertEquals(Digest.of(manifest), careless.pulling(reference, Optional.empty()).resolve(reference, AMD64).named());
            }
            try (RegistryClient strict = Clients.open(Clients.settings(Map.of(), List.of()))) {
                Repository repository = strict.pulling(reference, Optional.empty());
                RegistryException failure = assertThrows(RegistryException.class, () -> repository.resolve(reference, AMD64));
                assertTrue(failure.getMessage().contains("the certificate of registry " + registry.host() + " cannot be trusted"), failure.getMessage());
                assertTrue(failure.getMessage().contains("registries: {authorities: "), failure.getMessage());
            }
        }
    }

    @Test
    void i13_aRegistryWithoutTlsIsOnlyUsedIfTheConfigurationSaysSo() throws Exception {
        try (DockerRegistry registry = DockerRegistry.plain(scratch.resolve("registry"));
                RegistryClient strict = Clients.open(Clients.settings(Map.of(), List.of()))) {
            Repository repository = Clients.pulling(strict, registry.host() + "/app", Credential.login("ann", "secret"));
            RegistryException failure =
                    assertThrows(RegistryException.class, () -> repository.resolve(ImageReference.parse(registry.host() + "/app"), AMD64));
            assertTrue(failure.getMessage().contains("speaks http without TLS"), failure.getMessage());
            assertTrue(failure.getMessage().contains("write registries: {insecure: {\"" + registry.host() + "\": http}} into the daemon's configuration"), failure.getMessage());
            assertEquals(List.of(), registry.requests());
        }
    }
}

package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.registry.DockerRegistry;
import dev.stowbook.supervisor.registry.RegistryClient;
import dev.stowbook.supervisor.registry.RegistrySettings;
import dev.stowbook.supervisor.trust.OpenSsl;
import dev.stowbook.supervisor.trust.Signed;
import dev.stowbook.supervisor.trust.Signer;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The signature policy of a whole daemon: images by skopeo in Debian's docker-registry, keys and signatures by openssl. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SignaturesIT {
    private RegistryDaemon daemon;
    private DockerRegistry registry;
    private RegistryClient client;
    private OpenSsl openssl;
    private Rest rest;
    private Pods pods;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        registry = DockerRegistry.plain(directory.resolve("registry"));
        openssl = new OpenSsl(directory);
        Path key = openssl.curve("key", "P-256");
        Path second = openssl.make("second", "-algorithm", "ED25519");
        openssl.curve("stranger", "P-256");
        String host = registry.host();
        daemon = RegistryDaemon.start(
                Files.createDirectory(directory.resolve("daemon")),
                "insecure: {\"" + host + "\": http}\n"
                        + "signatures:\n  repositories:\n"
                        + "    \"" + host + "/signed\": {policy: require, keys: [" + key + "]}\n"
                        + "    \"" + host + "/both\": {policy: require, needs: all, keys: [" + key + ", " + second + "]}\n"
                        + "    \"" + host + "/evil\": {policy: reject}\n");
        rest = daemon.rest();
        pods = new Pods(rest);
        client = RegistryClient.open(
                new RegistrySettings(Map.of(), Map.of(host, RegistrySettings.Insecure.HTTP), List.of(), Optional.empty(),
                        RegistrySettings.Limits.defaults(), 3, 3, 2, Duration.ofSeconds(30)),
                Map.of(), "test");
    }

    @AfterAll
    void stop() throws Exception {
        try (DockerRegistry one = registry;
                RegistryClient other = client) {
            daemon.daemon().close();
        }
    }

    /** Brings an image there. @return the digest of its manifest */
    private String push(String name) throws Exception {
        RegistryDaemon.push(daemon.layout("content of " + name), name);
        return DockerRegistry.run("skopeo", "inspect", "--tls-verify=false", "--format={{.Digest}}", "docker://" + name).strip();
    }

    private void sign(String name, String digest, String... keys) throws Exception {
        byte[] payload = Signed.payload(name, digest);
        List<Signer.Simple> signatures = new ArrayList<>();
        for (String key : keys) {
            byte[] signature = key.equals("second") ? openssl.signRaw(key, payload) : openssl.sign(key, "sha256", payload);
            signatures.add(new Signer.Simple(payload, Signed.base64(signature), ""));
        }
        new Signer(client.pushing(ImageReference.parse(name), Optional.empty(), List.of())).attach(digest, signatures);
    }

    private JsonNode pull(String reference) throws IOException {
        Rest.Answer answer = rest.post("/v1/images/pull?reference=" + Rest.encode(reference));
        return new ObjectMapper().readTree(answer.text().lines().reduce("", (one, other) -> other));
    }

    private void assertDenied(String reference, String mentions) throws Exception {
        int before = registry.requests().size();
        JsonNode error = pull(reference).path("error");
        assertEquals("DENIED", error.path("code").asText(), error.toString());
        assertTrue(error.path("message").asText().contains(mentions), error.toString());
        assertEquals(404, rest.get("/v1/images/" + Rest.encode(reference)).status());
        List<String> own = List.of(DockerRegistry.run("skopeo", "inspect", "--raw", "--tls-verify=false", "docker://" + reference).split("\""));
        List<String> fetched = registry.requests().stream().skip(before).filter(line -> line.matches("GET /v2/[^ ]*/blobs/.*"))
                .map(line -> line.substring(line.lastIndexOf('/') + 1)).filter(own::contains).toList();
        assertEquals(List.of(), fetched, "something of the image was fetched");
    }

    @Test
    void aSignedImageIsPulledAndTheBookNamesTheKey() throws Exception {
        String name = registry.host() + "/signed/app:1";
        String digest = push(name);
        sign(name, digest, "stranger", "key");
        assertEquals(digest, pull(name).path("digest").asText());
        JsonNode verified = pods.event("SignaturesVerified", name).get("data");
        assertEquals(openssl.fingerprint("key"), verified.get("keys").get(0).asText());
        assertEquals(1, verified.get("keys").size());
        assertEquals(digest, verified.get("digests").get(0).asText());
        assertEquals(registry.host() + "/signed", verified.get("place").asText());
        assertEquals(pods.event("PullStarted", name).get("sequence").asLong(), verified.get("transfer").asLong());
        long first = pods.events("LayerPulled", "").stream().filter(e -> e.get("data").get("transfer").equals(verified.get("transfer")))
                .mapToLong(e -> e.get("sequence").asLong()).min().orElseThrow();
        assertTrue(pods.event("SignaturesVerified", name).get("sequence").asLong() < first, "verified before any layer came");
        String why = rest.get("/v1/why/" + Rest.encode(name)).ok().text();
        assertTrue(why.contains("signed as " + name + " by key " + openssl.fingerprint("key")), why);
    }

    @Test
    void whatIsNotSignedAsRequiredIsNotPulled() throws Exception {
        String name = registry.host() + "/signed/other:1";
        String digest = push(name);
        assertDenied(name, "it has no signature: sign it");
        sign(name, digest, "stranger");
        assertDenied(name, "made with another key");
        sign(registry.host() + "/signed/app:1", digest, "key");
        byte[] payload = Signed.payload(registry.host() + "/signed/app", digest);
        new Signer(client.pushing(ImageReference.parse(name), Optional.empty(), List.of()))
                .attach(digest, List.of(new Signer.Simple(payload, Signed.base64(openssl.sign("key", "sha256", payload)), "")));
        assertDenied(name, "another repository");
        JsonNode failed = pods.events("PullFailed", name).getFirst().get("data");
        assertEquals("DENIED", failed.get("code").asText());
        sign(name, digest, "key");
        assertTrue(pull(name).has("id"), "signed at last");
    }

    @Test
    void whereAllKeysAreWantedOneIsNotEnough() throws Exception {
        String name = registry.host() + "/both/app:1";
        String digest = push(name);
        sign(name, digest, "key");
        assertDenied(name, openssl.fingerprint("second"));
        sign(name, digest, "key", "second");
        assertTrue(pull(name).has("id"));
    }

    @Test
    void aRejectedRegistryIsNotEvenAsked() throws Exception {
        String name = registry.host() + "/evil/app:1";
        push(name);
        int before = registry.requests().size();
        JsonNode error = new ObjectMapper().readTree(rest.post("/v1/images/pull?reference=" + Rest.encode(name)).text().lines().reduce("", (one, other) -> other));
        assertEquals("DENIED", error.path("error").path("code").asText(), error.toString());
        assertEquals(before, registry.requests().size());
    }

    @Test
    void aManifestsImageHasToPassAsWell() throws Exception {
        String name = registry.host() + "/signed/unsigned:1";
        push(name);
        Rest.Answer answer = rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: unsigned}
                spec: {containers: [{name: main, image: "%s"}]}
                """.formatted(name));
        assertEquals(403, answer.status(), answer.text());
        assertTrue(answer.text().contains("container main") && answer.text().contains("no signature"), answer.text());
    }

    @Test
    void namesGivenHereNeedAWordThatTheBookKeeps() throws Exception {
        String name = registry.host() + "/signed/local:1";
        byte[] tar = BusyboxTar.bytes();
        String path = "/v1/images/import?reference=" + Rest.encode(name);
        Rest.Answer refused = rest.post(path, "application/x-tar", tar);
        assertEquals(403, refused.status(), refused.text());
        assertTrue(refused.text().contains("--insecure-policy"), refused.text());
        rest.post("/v1/images/import?reference=free", "application/x-tar", tar).ok();
        Command tag = stowbook("image", "tag", "free", name);
        assertFalse(tag.exitCode() == 0, tag.out());
        assertTrue(tag.err().contains("requires signatures"), tag.err());
        Command forced = stowbook("image", "tag", "--insecure-policy", "free", name);
        assertEquals(0, forced.exitCode(), forced.err());
        JsonNode event = pods.event("SignaturePolicyOverridden", name);
        assertEquals("require", event.get("data").get("rule").asText());
        Command why = stowbook("why", name);
        assertTrue(why.out().contains("although the policy for " + registry.host() + "/signed requires a signature by uid 0"), why.out());
    }

    @Test
    void aBuildStandsOnlyOnImagesThatPassAndTakesOnlyNamesThatMayBeGivenHere() throws Exception {
        String name = registry.host() + "/signed/base:1";
        String digest = push(name);
        for (String dockerfile : List.of("FROM " + name + "\n", "FROM scratch\nCOPY --from=" + name + " /text0 /\n")) {
            Command refused = build(dockerfile, "never");
            assertTrue(refused.exitCode() != 0 && refused.err().contains("it has no signature: sign it"), refused.out() + refused.err());
        }
        assertEquals(404, rest.get("/v1/images/" + Rest.encode(name)).status());
        Command rejected = build("FROM " + registry.host() + "/evil/base:1\n", "never");
        assertTrue(rejected.err().contains("rejects " + registry.host() + "/evil/base:1"), rejected.err());
        Command named = build("FROM scratch\nLABEL a=b\n", registry.host() + "/signed/built:1");
        assertTrue(named.err().contains("build it under another") && named.err().contains("image tag --insecure-policy"), named.err());
        assertEquals(List.of(), pods.events("BuildStarted", "/signed/built"), "it was refused before the work");
        sign(name, digest, "key");
        Command built = build("FROM " + name + "\nRUN cat /text0\n", "stands-on-signed");
        assertTrue(built.exitCode() == 0 && built.out().contains("content of " + name), built.out() + built.err());
        assertEquals(1, pods.events("SignaturesVerified", name).size());
    }

    private Command build(String dockerfile, String tag) throws Exception {
        Path context = Files.createTempDirectory(daemon.directory(), "context");
        Files.writeString(context.resolve("Dockerfile"), dockerfile);
        return stowbook("build", "-t", tag, context.toString());
    }

    private Command stowbook(String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of("-H", "unix://" + daemon.daemon().run().resolve("api.sock")));
        all.addAll(List.of(words));
        return Command.stowbook(all.toArray(new String[0]));
    }
}

package dev.stowbook.supervisor.trust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.model.SignaturePolicy;
import dev.stowbook.supervisor.model.SignatureRule;
import dev.stowbook.supervisor.registry.DockerRegistry;
import dev.stowbook.supervisor.registry.RegistryClient;
import dev.stowbook.supervisor.registry.RegistryException;
import dev.stowbook.supervisor.registry.RegistrySettings;
import dev.stowbook.supervisor.registry.Repository;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signatures beside images in Debian's docker-registry: what is asked for, found and believed. */
class ImageGateTest {
    private static final Platform AMD64 = new Platform("linux", "amd64", "");
    private static final String SIGN = "https://sigstore.dev/cosign/sign/v1";

    @TempDir
    Path scratch;

    private DockerRegistry registry;
    private RegistryClient client;
    private OpenSsl openssl;
    private TrustedKey key;
    private String name;
    private String manifest;

    @BeforeEach
    void pushAnImage() throws Exception {
        openssl = new OpenSsl(scratch);
        key = TrustedKey.parse(Files.readString(openssl.curve("key", "P-256")), "key").getFirst();
        openssl.curve("stranger", "P-256");
        registry = DockerRegistry.plain(scratch.resolve("registry"));
        client = RegistryClient.open(
                new RegistrySettings(Map.of(), Map.of(registry.host(), RegistrySettings.Insecure.HTTP), List.of(), Optional.empty(),
                        RegistrySettings.Limits.defaults(), 3, 3, 2, Duration.ofSeconds(30)),
                Map.of(), "test");
        name = registry.host() + "/team/app";
        Path layout = scratch.resolve("layout");
        DockerRegistry.run("umoci", "init", "--layout", layout.toString());
        DockerRegistry.run("umoci", "new", "--image", layout + ":app");
        DockerRegistry.run("skopeo", "copy", "--dest-tls-verify=false", "oci:" + layout + ":app", "docker://" + name + ":1");
        manifest = DockerRegistry.run("skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", "docker://" + name + ":1").strip();
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        registry.close();
    }

    private Signer signer() throws RegistryException {
        return new Signer(client.pushing(ImageReference.parse(name), Optional.empty(), List.of()));
    }

    private Signer.Simple simple(String by, byte[] payload) throws Exception {
        return new Signer.Simple(payload, Signed.base64(openssl.sign(by, "sha256", payload)), "");
    }

    private byte[] bundle(String by, byte[] statement) throws Exception {
        return Signed.bundle(statement, openssl.sign(by, "sha256", Signed.encoded(statement)));
    }

    private Optional<ImageGate.Pass> admit(String reference, SignatureRule rule, int most) throws Exception {
        SignaturePolicy policy = new SignaturePolicy(
                new SignatureRule.Accept(), new TreeMap<>(Map.of(registry.host() + "/team", rule)));
        ImageGate gate = new ImageGate(policy, Map.of(key.fingerprint(), key), most);
        ImageReference parsed = ImageReference.parse(reference);
        Repository repository = client.pulling(parsed, Optional.empty());
        return gate.admit(parsed, repository.resolve(parsed, AMD64), repository);
    }

    private SignatureRule required() {
        return new SignatureRule.Require(List.of(key.fingerprint()), false);
    }

    private void assertAdmitted(String reference, String signed) throws Exception {
        assertEquals(
                Optional.of(new ImageGate.Pass(registry.host() + "/team", new Trust(List.of(signed), List.of(key.fingerprint())))),
                admit(reference, required(), 64));
        assertTrue(registry.requests().stream().filter(line -> line.contains("/blobs/")).noneMatch(line -> line.contains("layer")), "no layer was asked for");
    }

    private void assertRefused(String reference, String mentions) {
        TrustException e = assertThrows(TrustException.class, () -> admit(reference, required(), 64));
        assertTrue(e.getMessage().startsWith("the signature policy for " + registry.host() + "/team does not let " + reference + " in: "), e.getMessage());
        assertTrue(e.getMessage().contains(mentions), e.getMessage());
    }

    @Test
    void anImageWithoutSignatureComesInOnlyWhereNoneIsAsked() throws Exception {
        assertRefused(name + ":1", "it has no signature");
        assertEquals(Optional.empty(), admit(name + ":1", new SignatureRule.Accept(), 64));
        TrustException e = assertThrows(TrustException.class, () -> admit(name + ":1", new SignatureRule.Reject(), 64));
        assertEquals("the signature policy for " + registry.host() + "/team rejects " + name + ":1", e.getMessage());
    }

    @Test
    void cosignsFirstFormIsFoundByItsTag() throws Exception {
        signer().attach(manifest, List.of(simple("stranger", Signed.payload(name, manifest)), simple("key", Signed.payload(name, manifest))));
        assertAdmitted(name + ":1", manifest);
        assertAdmitted(name + "@" + manifest, manifest);
        signer().attach(manifest, List.of(simple("stranger", Signed.payload(name, manifest))));
        assertRefused(name + ":1", "another key");
        signer().attach(manifest, List.of(simple("key", Signed.payload(registry.host() + "/team/other", manifest))));
        assertRefused(name + ":1", "another repository");
        Signer.Simple good = simple("key", Signed.payload(name, manifest));
        signer().attach(manifest, List.of(new Signer.Simple(good.payload(), good.signature(), ",\"dev.sigstore.cosign/certificate\":\"-----BEGIN\"")));
        assertRefused(name + ":1", "keyless");
    }

    @Test
    void bundlesAreFoundAsReferrers() throws Exception {
        signer().refer(manifest, 1, List.of(
                bundle("key", Signed.statement("", manifest, "https://spdx.dev/Document")), bundle("stranger", Signed.statement("", manifest, SIGN))));
        assertRefused(name + ":1", "does not sign it");
        signer().refer(manifest, 1, List.of(bundle("stranger", Signed.statement("", manifest, SIGN)), bundle("key", Signed.statement("", manifest, SIGN))));
        assertAdmitted(name + ":1", manifest);
        assertTrue(registry.requests().stream().anyMatch(line -> line.contains("/referrers/" + manifest)), "the API is asked first");
    }

    @Test
    void theIndexOrItsImageMayBeSigned() throws Exception {
        Repository repository = client.pushing(ImageReference.parse(name), Optional.empty(), List.of());
        byte[] own = repository.manifest(manifest).orElseThrow().bytes();
        String type = "application/vnd.oci.image.manifest.v1+json";
        String index = signer().index(List.of(Signer.descriptor(type, own, ",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}")), "multi");
        assertRefused(name + ":multi", "no signature");
        signer().attach(index, List.of(simple("key", Signed.payload(name + ":multi", index))));
        assertAdmitted(name + ":multi", index);
        assertRefused(name + ":1", "no signature");
        signer().attach(manifest, List.of(simple("key", Signed.payload(name, manifest))));
        signer().attach(index, List.of(simple("stranger", Signed.payload(name, index))));
        assertAdmitted(name + ":multi", manifest);
    }

    @Test
    void anOldImageIsNotPassedOffUnderANewerTag() throws Exception {
        signer().attach(manifest, List.of(simple("key", Signed.payload(name + ":1", manifest))));
        assertAdmitted(name + ":1", manifest);
        DockerRegistry.run("skopeo", "copy", "--src-tls-verify=false", "--dest-tls-verify=false", "docker://" + name + ":1", "docker://" + name + ":2");
        assertRefused(name + ":2", "made for the tag 1, another one");
        assertAdmitted(name + "@" + manifest, manifest);
    }

    @Test
    void tooManySignaturesAreRefusedAndNotSampled() throws Exception {
        Signer.Simple good = simple("key", Signed.payload(name, manifest));
        signer().attach(manifest, Collections.nCopies(9, good));
        assertTrue(admit(name + ":1", required(), 9).isPresent());
        TrustException e = assertThrows(TrustException.class, () -> admit(name + ":1", required(), 8));
        assertTrue(e.getMessage().contains("more than 8 signatures"), e.getMessage());
        signer().refer(manifest, 1, Collections.nCopies(9, bundle("key", Signed.statement("", manifest, SIGN))));
        assertThrows(TrustException.class, () -> admit(name + ":1", required(), 9));
        assertTrue(admit(name + ":1", required(), 18).isPresent());
    }

    @Test
    void whatIsTooLargeOrOfAnotherFormIsPassedOver() throws Exception {
        byte[] large = Signed.payload(name, manifest + " ".repeat(70_000));
        signer().attach(manifest, List.of(simple("key", large)));
        assertRefused(name + ":1", "no signature");
        Repository repository = client.pushing(ImageReference.parse(name), Optional.empty(), List.of());
        repository.put(repository.manifest(manifest).orElseThrow().bytes(), "application/vnd.oci.image.manifest.v1+json", manifest.replace(':', '-') + ".sig");
        assertRefused(name + ":1", "no signature");
    }
}

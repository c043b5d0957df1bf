package dev.stowbook.supervisor.trust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.model.SignatureRule;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every signature here is openssl's, over bytes written down from the specifications. */
class SignatureVerifierTest {
    private static final String REPOSITORY = "registry.example:5000/team/app";
    private static final String IMAGE = "sha256:" + "1".repeat(64);
    private static final String INDEX = "sha256:" + "2".repeat(64);
    private static final String OTHER = "sha256:" + "3".repeat(64);
    private static final String SIGN = "https://sigstore.dev/cosign/sign/v1";
    private static final Asked ASKED = new Asked(REPOSITORY, Optional.of("1.0"), new TreeSet<>(List.of(IMAGE, INDEX)));
    private static final byte[] PAYLOAD = Signed.payload(REPOSITORY, IMAGE);

    @TempDir
    static Path scratch;

    private static OpenSsl openssl;
    private static final Map<String, TrustedKey> KEYS = new TreeMap<>();
    private static final Map<String, String> FINGERPRINTS = new TreeMap<>();

    @BeforeAll
    static void makeKeys() throws Exception {
        openssl = new OpenSsl(scratch);
        openssl.curve("p256", "P-256");
        openssl.curve("p384", "P-384");
        openssl.curve("second", "P-256");
        openssl.curve("stranger", "P-256");
        openssl.make("rsa", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048");
        openssl.make("ed25519", "-algorithm", "ED25519");
        for (String name : List.of("p256", "p384", "second", "rsa", "ed25519")) {
            List<TrustedKey> read = TrustedKey.parse(Files.readString(openssl.publicKey(name)), name);
            assertEquals(1, read.size());
            assertEquals(openssl.fingerprint(name), read.getFirst().fingerprint());
            KEYS.put(read.getFirst().fingerprint(), read.getFirst());
            FINGERPRINTS.put(name, read.getFirst().fingerprint());
        }
    }

    private static SignatureRule.Require any(String... names) {
        return new SignatureRule.Require(Arrays.stream(names).map(FINGERPRINTS::get).toList(), false);
    }

    private static SignatureRule.Require all(String... names) {
        return new SignatureRule.Require(any(names).keys(), true);
    }

    private static Offered simple(String key, byte[] payload) throws Exception {
        return new Offered.SimpleSigning(payload, Signed.base64(sign(key, payload)), false);
    }

    private static Offered bundle(String key, byte[] statement) throws Exception {
        return new Offered.Bundle(Signed.bundle(statement, sign(key, Signed.encoded(statement))));
    }

    private static byte[] sign(String key, byte[] message) throws Exception {
        return key.equals("ed25519") ? openssl.signRaw(key, message) : openssl.sign(key, "sha256", message);
    }

    private static Trust trusted(SignatureRule.Require rule, Offered... offered) throws TrustException {
        return new SignatureVerifier(KEYS).verify(ASKED, rule, List.of(offered));
    }

    private static void refused(String mentions, SignatureRule.Require rule, Offered... offered) {
        TrustException e = assertThrows(TrustException.class, () -> trusted(rule, offered), mentions);
        assertTrue(e.getMessage().contains(mentions), mentions + " is not in: " + e.getMessage());
    }

    @Test
    void eachKindOfKeySignsInBothForms() throws Exception {
        for (String key : FINGERPRINTS.keySet()) {
            Trust trust = new Trust(List.of(IMAGE), List.of(FINGERPRINTS.get(key)));
            assertEquals(trust, trusted(any(key), simple(key, PAYLOAD)), key);
            assertEquals(trust, trusted(any(key), bundle(key, Signed.statement("", IMAGE, SIGN))), key);
        }
        byte[] hashed384 = openssl.sign("p384", "sha384", PAYLOAD);
        assertEquals(List.of(IMAGE), trusted(any("p384"), new Offered.SimpleSigning(PAYLOAD, Signed.base64(hashed384), false)).digests());
    }

    @Test
    void theIndexMayBeSignedInTheImagesPlace() throws Exception {
        assertEquals(List.of(INDEX), trusted(any("p256"), simple("p256", Signed.payload(REPOSITORY, INDEX))).digests());
        assertEquals(List.of(INDEX), trusted(any("p256"), bundle("p256", Signed.statement(REPOSITORY, INDEX, SIGN))).digests());
    }

    @Test
    void amongManySignaturesOneIsEnough() throws Exception {
        Offered good = simple("p256", Signed.payload(REPOSITORY + ":1.0", IMAGE));
        List<Offered> many = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            many.add(simple("stranger", PAYLOAD));
        }
        many.add(new Offered.Bundle("garbage".getBytes(StandardCharsets.UTF_8)));
        many.add(new Offered.SimpleSigning(PAYLOAD, "", true));
        refused("of its 22 signatures none", any("p256", "second"), many.toArray(Offered[]::new));
        many.add(good);
        assertEquals(List.of(FINGERPRINTS.get("p256")), trusted(any("second", "p256"), many.toArray(Offered[]::new)).keys());
    }

    @Test
    void allMeansEachKeyAndNotOneKeyTwice() throws Exception {
        Offered first = simple("p256", PAYLOAD);
        refused(FINGERPRINTS.get("second"), all("p256", "second"), first, bundle("p256", Signed.statement("", IMAGE, SIGN)));
        Trust trust = trusted(all("p256", "second"), first, bundle("second", Signed.statement("", INDEX, SIGN)));
        assertEquals(new TreeSet<>(List.of(FINGERPRINTS.get("p256"), FINGERPRINTS.get("second"))), new TreeSet<>(trust.keys()));
        assertEquals(List.of(IMAGE, INDEX), trust.digests());
    }

    @Test
    void whatIsNoSignatureOfThisImageIsRefusedWithItsReason() throws Exception {
        SignatureRule.Require rule = any("p256");
        byte[] altered = new String(PAYLOAD, StandardCharsets.UTF_8).replace("null", "true").getBytes(StandardCharsets.UTF_8);
        String signature = Signed.base64(sign("p256", PAYLOAD));
        byte[] statement = Signed.statement("", IMAGE, SIGN);
        refused("no signature: sign it", rule);
        refused("another key", rule, simple("stranger", PAYLOAD));
        refused("another key", rule, simple("second", PAYLOAD));
        refused("another key", rule, bundle("stranger", statement));
        refused("what it covers was changed", rule, new Offered.SimpleSigning(altered, signature, false));
        refused("what it covers was changed", rule, new Offered.Bundle(Signed.bundle(Signed.statement("", INDEX, SIGN), sign("p256", Signed.encoded(statement)))));
        refused("another key", rule, new Offered.Bundle(Signed.bundle(statement, sign("p256", statement)))); // without DSSE's encoding
        refused("another key", rule, new Offered.SimpleSigning(PAYLOAD, Signed.base64("nonsense".getBytes()), false));
        refused("another key", rule, new Offered.SimpleSigning(PAYLOAD, Signed.base64(new byte[64]), false));
        refused("another key", rule, new Offered.SimpleSigning(PAYLOAD, Signed.base64(new byte[] {0x30, 6, 2, 1, 0, 2, 1, 0}), false)); // r = s = 0: CVE-2022-21449
        refused("no base64", rule, new Offered.SimpleSigning(PAYLOAD, "%%%", false));
        refused("another image", rule, simple("p256", Signed.payload(REPOSITORY, OTHER)));
        refused("another image", rule, bundle("p256", Signed.statement("", OTHER, SIGN)));
        refused("another repository", rule, simple("p256", Signed.payload("registry.example:5000/team/application", IMAGE)));
        refused("another repository", rule, simple("p256", Signed.payload("team/app", IMAGE)));
        refused("another repository", rule, bundle("p256", Signed.statement("registry.example:5000/team", IMAGE, SIGN)));
        refused("another one", rule, simple("p256", Signed.payload(REPOSITORY + ":0.9", IMAGE)));
        refused("names no repository", rule, simple("p256", Signed.payload("", IMAGE)));
        refused("no manifest by a sha256 digest", rule, simple("p256", Signed.payload(REPOSITORY, "sha512:" + "1".repeat(128))));
        refused("does not sign it", rule, bundle("p256", Signed.statement("", IMAGE, "https://slsa.dev/provenance/v1")));
        byte[] otherwise = new String(statement, StandardCharsets.UTF_8).replace("in-toto.io/Statement", "example.org/Statement").getBytes(StandardCharsets.UTF_8);
        refused("does not sign it", rule, bundle("p256", otherwise));
    }

    @Test
    void keylessSignaturesAreRefusedByName() throws Exception {
        byte[] statement = Signed.statement("", IMAGE, SIGN);
        byte[] signature = sign("p256", Signed.encoded(statement));
        for (String material : List.of("\"certificate\":{\"rawBytes\":\"MIIB\"}", "\"x509CertificateChain\":{\"certificates\":[]}")) {
            refused("it is keyless", any("p256"), new Offered.Bundle(Signed.bundle(statement, signature, material)));
        }
        refused("it is keyless", any("p256"), new Offered.SimpleSigning(PAYLOAD, Signed.base64(sign("p256", PAYLOAD)), true));
    }

    @Test
    void signedStatementsOfOtherFormsAreRefusedNotMisread() throws Exception {
        SignatureRule.Require rule = any("p256");
        String good = new String(PAYLOAD, StandardCharsets.UTF_8);
        Map<String, String> cases = new TreeMap<>(Map.of(
                "", "no JSON object",
                "[]", "no JSON object",
                "[".repeat(100_000), "no JSON object",
                "{}", "something else than an image",
                good.replace("cosign container image signature", "atomic container signature"), "something else than an image",
                good + good, "no JSON object",
                good.replace("\"identity\"", "\"image\""), "no JSON object",
                good.replace("\"docker-manifest-digest\":\"", "\"docker-manifest-digest\":\"sha256:" + "4".repeat(64) + "\",\"docker-manifest-digest\":\""),
                "no JSON object"));
        for (var one : cases.entrySet()) {
            refused(one.getValue(), rule, simple("p256", one.getKey().getBytes(StandardCharsets.UTF_8)));
        }
        String bundle = new String(Signed.bundle(Signed.statement("", IMAGE, SIGN), new byte[8]), StandardCharsets.UTF_8);
        for (String broken : List.of("", "null", "{}", bundle.replace("dsseEnvelope", "messageSignature"), bundle.replace("in-toto+json", "other"),
                bundle.replaceAll("\"payload\":\"[^\"]*\"", "\"payload\":7"))) {
            assertThrows(TrustException.class, () -> trusted(rule, new Offered.Bundle(broken.getBytes(StandardCharsets.UTF_8))), broken);
        }
    }

    @Test
    void garbageNeverDoesMoreThanBeRefused() throws Exception {
        long seed = Long.getLong("stowbook.seed", System.nanoTime());
        System.out.println("signatures: seed " + seed);
        Random random = new Random(seed);
        byte[] statement = Signed.statement("", IMAGE, SIGN);
        byte[] bundle = Signed.bundle(statement, sign("p256", Signed.encoded(statement)));
        byte[] signature = sign("p256", PAYLOAD);
        for (int round = 0; round < 3000; round++) {
            byte[] damaged = (round % 2 == 0 ? bundle : PAYLOAD).clone();
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            Offered offered = round % 2 == 0
                    ? new Offered.Bundle(Arrays.copyOf(damaged, random.nextInt(4) == 0 ? random.nextInt(damaged.length) : damaged.length))
                    : new Offered.SimpleSigning(damaged, Signed.base64(signature), false);
            try {
                Trust trust = trusted(any("p256"), offered);
                assertEquals(0, round % 2, "an altered payload was believed");
                assertEquals(List.of(IMAGE), trust.digests()); // what was hit lies outside of what is signed
            } catch (TrustException e) {
                assertTrue(e.getMessage().startsWith("of its 1 signature none"), e.getMessage());
            }
        }
    }

    @Test
    void filesThatHoldNoUsefulPublicKeyAreRefusedBySentence() throws Exception {
        openssl.make("small", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024");
        openssl.curve("bitcoin", "secp256k1");
        openssl.curve("large", "P-521");
        openssl.make("ed448", "-algorithm", "ED448");
        String good = Files.readString(openssl.publicKey("p256"));
        Map<String, String> cases = Map.of(
                Files.readString(scratch.resolve("p256.key")), "PRIVATE KEY",
                Files.readString(openssl.publicKey("small")), "1024 bits",
                Files.readString(openssl.publicKey("bitcoin")), "P-256",
                Files.readString(openssl.publicKey("large")), "P-256 or P-384",
                Files.readString(openssl.publicKey("ed448")), "none of ECDSA",
                "", "no public key in PEM",
                good.replace("M", "*"), "no public key in PEM",
                good.replaceFirst("\n(.{8})", "\nAAAAAAAA"), "none of ECDSA");
        for (var one : cases.entrySet()) {
            TrustException e = assertThrows(TrustException.class, () -> TrustedKey.parse(one.getKey(), "k.pem"), one.getValue());
            assertTrue(e.getMessage().contains(one.getValue()) && e.getMessage().startsWith("k.pem"), e.getMessage());
        }
        String both = good + "some text\n" + Files.readString(openssl.publicKey("ed25519"));
        assertEquals(2, TrustedKey.parse(both, "k.pem").size());
    }
}

package dev.stowbook.supervisor.trust;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The very bytes that somebody signed, with the signatures on them. They are read only when a key has vouched for them.
 *
 * @param signedBytes what the signatures cover
 * @param signatures any of them may be of the key in question
 * @param payload the statement itself
 * @param kind how to read it
 */
record Statement(byte[] signedBytes, List<byte[]> signatures, byte[] payload, Kind kind) {
    /** The forms of statements. */
    enum Kind {
        /** {@code critical.image}, {@code critical.identity} (containers/image docs/containers-signature.5.md). */
        SIMPLE_SIGNING,
        /** in-toto's Statement, of the predicate that says: I signed this image. */
        IN_TOTO
    }

    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final String IN_TOTO_TYPE = "application/vnd.in-toto+json";
    private static final String SIGNED_IMAGE = "https://sigstore.dev/cosign/sign/v1";
    private static final int MOST_SIGNATURES = 16;

    /** Takes apart what a repository offers. @throws Useless if it is nothing that a key could have signed */
    static Statement of(Offered offered) throws Useless {
        return switch (offered) {
            case Offered.SimpleSigning simple -> {
                if (simple.keyless()) {
                    throw Useless.keyless();
                }
                yield new Statement(simple.payload(), List.of(base64(simple.signature())), simple.payload(), Kind.SIMPLE_SIGNING);
            }
            case Offered.Bundle bundle -> ofBundle(json(bundle.json(), "the bundle"));
        };
    }

    private static Statement ofBundle(JsonNode bundle) throws Useless {
        JsonNode material = bundle.path("verificationMaterial");
        if (material.has("certificate") || material.has("x509CertificateChain")) {
            throw Useless.keyless();
        }
        JsonNode envelope = bundle.path("dsseEnvelope");
        String type = envelope.path("payloadType").asText("");
        if (!type.equals(IN_TOTO_TYPE)) {
            throw new Useless("it is a bundle without a signed statement of the type " + IN_TOTO_TYPE, false);
        }
        byte[] payload = base64(envelope.path("payload").asText(""));
        List<byte[]> signatures = new ArrayList<>();
        for (JsonNode signature : envelope.path("signatures")) {
            if (signatures.size() == MOST_SIGNATURES) {
                throw new Useless("its envelope has more than " + MOST_SIGNATURES + " signatures", false);
            }
            signatures.add(base64(signature.path("sig").asText("")));
        }
        return new Statement(preAuthenticationEncoding(type, payload), signatures, payload, Kind.IN_TOTO);
    }

    /** What a DSSE signature covers (secure-systems-lab/dsse protocol.md, "Signature Definition"). */
    static byte[] preAuthenticationEncoding(String type, byte[] payload) {
        byte[] head = ("DSSEv1 " + type.getBytes(StandardCharsets.UTF_8).length + " " + type + " " + payload.length + " ").getBytes(StandardCharsets.UTF_8);
        byte[] all = new byte[head.length + payload.length];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(payload, 0, all, head.length, payload.length);
        return all;
    }

    boolean signedBy(TrustedKey key) {
        return signatures.stream().anyMatch(signature -> key.signed(signedBytes, signature));
    }

    /** Reads what was signed. @throws Useless if it says nothing of an image */
    Claim claim() throws Useless {
        JsonNode statement = json(payload, "the signed statement");
        return switch (kind) {
            case SIMPLE_SIGNING -> simpleSigning(statement.path("critical"));
            case IN_TOTO -> inToto(statement);
        };
    }

    private static Claim simpleSigning(JsonNode critical) throws Useless {
        if (!critical.path("type").asText("").equals("cosign container image signature")) {
            throw new Useless("it signs something else than an image: critical.type is \"" + shortened(critical.path("type").asText("")) + "\"", false);
        }
        String reference = critical.path("identity").path("docker-reference").asText("");
        if (reference.isEmpty()) {
            throw new Useless("it names no repository in critical.identity.docker-reference", false);
        }
        return new Claim(new TreeSet<>(List.of(digest(critical.path("image").path("docker-manifest-digest").asText("")))), Optional.of(reference));
    }

    private static Claim inToto(JsonNode statement) throws Useless {
        String predicate = statement.path("predicateType").asText("");
        if (!statement.path("_type").asText("").startsWith("https://in-toto.io/Statement/") || !predicate.equals(SIGNED_IMAGE)) {
            throw new Useless("it is an attestation of \"" + shortened(predicate) + "\", which says something about an image and does not sign it", false);
        }
        TreeSet<String> digests = new TreeSet<>();
        Optional<String> reference = Optional.empty();
        for (JsonNode subject : statement.path("subject")) {
            digests.add(digest("sha256:" + subject.path("digest").path("sha256").asText("")));
            String name = subject.path("name").asText("");
            reference = name.isEmpty() ? reference : Optional.of(name);
        }
        if (digests.isEmpty() || reference.isPresent() && digests.size() > 1) {
            throw new Useless("its subject is not one image", false);
        }
        return new Claim(digests, reference);
    }

    private static String digest(String text) throws Useless {
        if (!DIGEST.matcher(text).matches()) {
            throw new Useless("it names no manifest by a sha256 digest", false);
        }
        return text;
    }

    private static JsonNode json(byte[] bytes, String what) throws Useless {
        return StrictJson.object(bytes).orElseThrow(() -> new Useless(what + " is no JSON object", false));
    }

    private static byte[] base64(String text) throws Useless {
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            if (bytes.length > 0) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw new Useless("its signature or payload is missing or no base64", false);
    }

    private static String shortened(String text) {
        return text.length() > 80 ? text.substring(0, 80) + "..." : text;
    }

    /** Says why a signature counts for nothing. */
    static final class Useless extends Exception {
        private static final long serialVersionUID = 1L;
        private final boolean keyless;

        Useless(String why, boolean keyless) {
            super(why, null, false, false);
            this.keyless = keyless;
        }

        static Useless keyless() {
            return new Useless("it is keyless: made with a certificate of Fulcio's in place of a key", true);
        }

        boolean isKeyless() {
            return keyless;
        }
    }
}

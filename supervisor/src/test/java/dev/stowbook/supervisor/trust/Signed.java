package dev.stowbook.supervisor.trust;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Signatures in the forms of cosign's specifications, written down by hand. */
public final class Signed {
    private Signed() {}

    /** What cosign signs in its first form. */
    public static byte[] payload(String reference, String digest) {
        return ("{\"critical\":{\"identity\":{\"docker-reference\":\"" + reference + "\"},\"image\":{\"docker-manifest-digest\":\"" + digest
                + "\"},\"type\":\"cosign container image signature\"},\"optional\":null}").getBytes(StandardCharsets.UTF_8);
    }

    /** What it signs in its second. */
    public static byte[] statement(String name, String digest, String predicate) {
        String named = name.isEmpty() ? "" : "\"name\":\"" + name + "\",";
        return ("{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{" + named + "\"digest\":{\"sha256\":\"" + digest.replace("sha256:", "")
                + "\"}}],\"predicateType\":\"" + predicate + "\",\"predicate\":{}}").getBytes(StandardCharsets.UTF_8);
    }

    /** The bytes under a DSSE signature, by the words of its specification. */
    public static byte[] encoded(byte[] statement) {
        return ("DSSEv1 28 application/vnd.in-toto+json " + statement.length + " " + new String(statement, StandardCharsets.UTF_8))
                .getBytes(StandardCharsets.UTF_8);
    }

    /** A bundle of a key's. */
    public static byte[] bundle(byte[] statement, byte[] signature) {
        return bundle(statement, signature, "\"publicKey\":{\"hint\":\"any\"}");
    }

    /** A bundle with other material to verify it by. */
    public static byte[] bundle(byte[] statement, byte[] signature, String material) {
        return ("{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",\"verificationMaterial\":{" + material
                + ",\"tlogEntries\":[]},\"dsseEnvelope\":{\"payload\":\"" + base64(statement)
                + "\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[{\"sig\":\"" + base64(signature) + "\"}]}}")
                .getBytes(StandardCharsets.UTF_8);
    }

    public static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}

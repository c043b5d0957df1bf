package dev.stowbook.supervisor.trust;

/** A signature as a repository offers it: nothing of it is believed. */
public sealed interface Offered {

    /**
     * Cosign's first form: a layer of the image {@code sha256-<hex>.sig} (cosign specs/SIGNATURE_SPEC.md).
     *
     * @param payload what was signed: "simple signing" JSON
     * @param signature in base64, from the layer's annotation
     * @param keyless whether a certificate stands in for the key
     */
    record SimpleSigning(byte[] payload, String signature, boolean keyless) implements Offered {}

    /**
     * Sigstore's bundle, a referrer of the image (cosign specs/BUNDLE_SPEC.md).
     *
     * @param json all of it
     */
    record Bundle(byte[] json) implements Offered {}
}

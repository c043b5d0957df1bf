package dev.stowbook.supervisor.model;

import java.util.List;

/** What is asked of images of a repository before they get its name. */
public sealed interface SignatureRule {

    /** Nothing. */
    record Accept() implements SignatureRule {}

    /** They are not wanted at all. */
    record Reject() implements SignatureRule {}

    /**
     * Signatures.
     *
     * @param keys fingerprints of public keys: {@code sha256:} and the digest of the key's SubjectPublicKeyInfo (RFC 5280, 4.1.2.7); at least one
     * @param all whether each of the keys must have signed, or any one suffices
     */
    record Require(List<String> keys, boolean all) implements SignatureRule {
        public Require {
            keys = List.copyOf(keys);
            if (keys.isEmpty()) {
                throw new IllegalArgumentException("a rule that requires signatures needs a key");
            }
        }
    }
}

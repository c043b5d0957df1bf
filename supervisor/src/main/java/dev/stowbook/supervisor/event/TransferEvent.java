package dev.stowbook.supervisor.event;

import java.util.List;
import java.util.Optional;

/** Images on their way from registries and to them. A transfer is named by the sequence of the event that began it. Logins are never in here. */
public sealed interface TransferEvent extends Event {

    /**
     * Intent: an image is to be fetched.
     *
     * @param platform {@code linux/amd64}: which one, where there are several
     * @param manifest the digest of the manifest that the reference must lead to, if it must
     */
    record PullStarted(String reference, String platform, Optional<String> manifest) implements TransferEvent {}

    /**
     * What the reference led to.
     *
     * @param digest of what it names: a manifest, or an index
     * @param manifest the digest of the platform's manifest
     * @param image the image's id
     * @param layers digests of the blobs, base first
     * @param sizeBytes all blobs together
     */
    record ManifestResolved(
            long transfer, String reference, String digest, String manifest, String image, List<String> layers, long sizeBytes)
            implements TransferEvent {}

    /**
     * The image is signed as the signature policy requires; found before any of its layers was fetched.
     *
     * @param image what it will be: the digest of its configuration
     * @param place where the policy stands: a registry, or the beginning of repositories' names; empty for the default
     * @param digests of the manifests that were signed, the image's own or the index's
     * @param keys fingerprints of the public keys that signed
     */
    record SignaturesVerified(long transfer, String reference, String image, String place, List<String> digests, List<String> keys)
            implements TransferEvent {
        public SignaturesVerified {
            digests = List.copyOf(digests);
            keys = List.copyOf(keys);
        }
    }

    /**
     * A layer is in the store.
     *
     * @param known whether it was there before, or somebody else fetched it meanwhile
     */
    record LayerPulled(long transfer, String digest, String diffId, long sizeBytes, boolean known, long tookMicros)
            implements TransferEvent {}

    /**
     * Outcome: the image is registered.
     *
     * @param digest of what the reference names
     */
    record ImagePulled(long transfer, String reference, String digest, String image, long tookMicros)
            implements TransferEvent {}

    /** Outcome: nothing of it is left. {@code code} as in answers of the API. */
    record PullFailed(long transfer, String reference, String code, String message) implements TransferEvent {}

    /** Intent: an image is to be sent. */
    record PushStarted(String reference, String image) implements TransferEvent {}

    /**
     * Outcome: the registry has it.
     *
     * @param digest of the manifest there
     * @param sentBytes what was not there and had to be sent
     */
    record ImagePushed(
            long transfer, String reference, String digest, String image, long sentBytes, long tookMicros)
            implements TransferEvent {}

    /** Outcome: the registry does not have it, but perhaps some of its layers. */
    record PushFailed(long transfer, String reference, String code, String message) implements TransferEvent {}
}

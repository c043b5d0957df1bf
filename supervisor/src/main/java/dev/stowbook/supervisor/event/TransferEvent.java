package dev.stowbook.supervisor.event;

import java.util.List;

/** Images on their way from registries and to them. A transfer is named by the sequence of the event that began it. Logins are never in here. */
public sealed interface TransferEvent extends Event {

    /**
     * Intent: an image is to be fetched.
     *
     * @param platform {@code linux/amd64}: which one, where there are several
     */
    record PullStarted(String reference, String platform) implements TransferEvent {}

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

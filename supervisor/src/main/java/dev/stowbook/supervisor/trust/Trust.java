package dev.stowbook.supervisor.trust;

import java.util.List;

/**
 * Why an image is trusted.
 *
 * @param digests of the manifests that were signed, the index's or the image's own
 * @param keys fingerprints of those who signed
 */
public record Trust(List<String> digests, List<String> keys) {
    public Trust {
        digests = List.copyOf(digests);
        keys = List.copyOf(keys);
    }
}

package dev.stowbook.supervisor.registry;

import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.Platform;
import java.util.Optional;

/**
 * Names content (OCI image-spec, descriptor.md).
 *
 * @param mediaType what it is
 * @param digest of its bytes
 * @param sizeBytes how many they are
 * @param platform what it is for, in an index
 */
public record Descriptor(String mediaType, Digest digest, long sizeBytes, Optional<Platform> platform) {

    public Descriptor(String mediaType, Digest digest, long sizeBytes) {
        this(mediaType, digest, sizeBytes, Optional.empty());
    }
}

package dev.stowbook.supervisor.model;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a lock file says of one image for one platform.
 *
 * @param image the reference as manifests write it
 * @param platform {@code linux/amd64}
 * @param origin where it came from; empty if it was made or loaded on the host that locked it
 * @param config the digest of its configuration, which is its id
 * @param diffIds digests of its layers' uncompressed tars, base first
 * @param tree the digest of its merged tree
 */
public record LockedImage(String image, String platform, Optional<Origin> origin, String config, List<String> diffIds, String tree) {
    /** The order of a lock file. */
    public static final Comparator<LockedImage> ORDER = Comparator.comparing(LockedImage::image).thenComparing(LockedImage::platform);

    public LockedImage {
        diffIds = List.copyOf(diffIds);
    }

    /**
     * A place in a registry.
     *
     * @param repository with the registry: {@code docker.io/library/busybox}
     * @param index the digest of the index that the reference led to, if it was one
     * @param manifest the digest of the platform's manifest
     */
    public record Origin(String repository, Optional<String> index, String manifest) {
        /** What to ask the repository for: the index that was locked, since a signature may be of that alone. */
        public String asked() {
            return index.orElse(manifest);
        }
    }

    /** What a container is held to. */
    public ImagePin pin() {
        return new ImagePin(config, origin.map(Origin::manifest), tree);
    }
}

package dev.stowbook.supervisor.registry;

import java.util.List;
import java.util.Set;

/** The names of what registries hold (OCI image-spec, media-types.md; distribution, "Image Manifest Version 2, Schema 2"). */
final class MediaTypes {
    static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
    static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
    static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    static final String DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
    static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
    static final String DOCKER_LAYER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip";

    /** What is asked for: schema 1 is not. */
    static final String ACCEPTED = String.join(", ", OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST);

    private static final Set<String> LAYERS = Set.of(
            "application/vnd.oci.image.layer.v1.tar",
            "application/vnd.oci.image.layer.v1.tar+gzip",
            "application/vnd.oci.image.layer.v1.tar+zstd",
            "application/vnd.docker.image.rootfs.diff.tar",
            DOCKER_LAYER_GZIP,
            "application/vnd.docker.image.rootfs.diff.tar.zstd");

    private MediaTypes() {}

    static boolean isIndex(String type) {
        return type.equals(OCI_INDEX) || type.equals(DOCKER_LIST);
    }

    static boolean isManifest(String type) {
        return type.equals(OCI_MANIFEST) || type.equals(DOCKER_MANIFEST);
    }

    static boolean isConfig(String type) {
        return type.equals(OCI_CONFIG) || type.equals(DOCKER_CONFIG);
    }

    static boolean isLayer(String type) {
        return LAYERS.contains(type);
    }

    static boolean isSchema1(String type) {
        return type.startsWith("application/vnd.docker.distribution.manifest.v1+");
    }

    /** Layers that registries need not hold: their bytes are elsewhere, under terms of their own. */
    static boolean isForeign(String type) {
        return type.startsWith("application/vnd.docker.image.rootfs.foreign.") || type.startsWith("application/vnd.oci.image.layer.nondistributable.");
    }

    static List<String> manifests() {
        return List.of(OCI_MANIFEST, DOCKER_MANIFEST, OCI_INDEX, DOCKER_LIST);
    }
}

package dev.stowbook.supervisor.registry;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.image.Digest;
import java.io.IOException;
import java.util.List;

/**
 * The manifest of an image that is sent. Docker's schema 2, which every registry and client takes, unless a layer's type is one that only OCI knows.
 *
 * @param bytes the document
 * @param mediaType what it is
 */
public record PushManifest(byte[] bytes, String mediaType) {
    /** What layers are that are sent. */
    public static final String LAYER = MediaTypes.DOCKER_LAYER_GZIP;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Of a configuration's bytes and layers, base first. */
    public static PushManifest of(byte[] config, List<Descriptor> layers) {
        boolean oci = layers.stream().anyMatch(layer -> !layer.mediaType().startsWith("application/vnd.docker."));
        String type = oci ? MediaTypes.OCI_MANIFEST : MediaTypes.DOCKER_MANIFEST;
        ObjectNode manifest = JSON.createObjectNode().put("schemaVersion", 2).put("mediaType", type);
        describe(
                manifest.putObject("config"),
                new Descriptor(oci ? MediaTypes.OCI_CONFIG : MediaTypes.DOCKER_CONFIG, Digest.of(config), config.length));
        ArrayNode list = manifest.putArray("layers");
        layers.forEach(layer -> describe(list.addObject(), oci ? new Descriptor(oci(layer.mediaType()), layer.digest(), layer.sizeBytes()) : layer));
        try {
            return new PushManifest(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest), type);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
    }

    /** OCI's name for the same bytes. */
    private static String oci(String type) {
        return type.startsWith("application/vnd.docker.image.rootfs.diff.tar")
                ? type.replace("application/vnd.docker.image.rootfs.diff.tar", "application/vnd.oci.image.layer.v1.tar").replace(".gzip", "+gzip").replace(".zstd", "+zstd")
                : type;
    }

    private static void describe(ObjectNode node, Descriptor descriptor) {
        node.put("mediaType", descriptor.mediaType()).put("size", descriptor.sizeBytes()).put("digest", descriptor.digest().toString());
    }
}
